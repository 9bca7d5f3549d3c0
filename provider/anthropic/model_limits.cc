#include "provider/anthropic/model_limits.h"

namespace warmpath {
namespace {

struct Row {
  std::string_view part;
  ModelLimits limits;
};

constexpr Row kRows[] = {
    {"claude-sonnet-5-5", {128000, false, false, true}},
    {"claude-opus-5-5", {128000, false, false, true}},
    {"claude-haiku-5-5", {128000, false, true, true}},
    {"claude-opus-5", {128000, false, true, true}},
    {"claude-fable-5-1", {128000, false, false, true}},
    {"claude-fable-5-2", {128000, false, false, true}},
    {"claude-fable-5", {128000, false, true, true}},
    {"claude-opus-4-7", {128000, false, true, true}},
    {"claude-opus-4-8", {128000, false, true, true}},
    {"claude-sonnet-5", {128000, false, true, true}},
    {"claude-opus-4-6", {128000, true, true, true}},
    {"claude-sonnet-4-6", {128000, true, true, true}},
    {"claude-sonnet-4-5", {64000, true, true, true}},
    {"claude-opus-4-5", {64000, true, true, true}},
    {"claude-haiku-4-5", {64000, true, true, true}},
    {"claude-opus-4-1", {32000, true, true, true}},
    {"claude-sonnet-4", {64000, true, true, false}},
    {"claude-opus-4", {32000, true, true, false}},
    {"claude-3", {4096, true, true, false}},
    {"claude-2", {4096, true, true, false}},
    {"claude-instant", {4096, true, true, false}},
    {"claude-", {128000, false, true, true}},
};

}  // namespace

ModelLimits AnthropicLimits(std::string_view model) {
  for (const Row& row : kRows) {
    if (model.find(row.part) != std::string_view::npos) return row.limits;
  }
  return {};
}

}  // namespace warmpath
