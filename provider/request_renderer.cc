#include "provider/request_renderer.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/status_macros.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

void AppendHeader(std::string& out, std::string_view name, std::string_view value) {
  absl::StrAppend(&out, ToAbsl(name), ": ", ToAbsl(value), "\r\n");
}

// Whether a header, its name in lower case, carries a key of some vendor's.
bool IsKeyHeader(std::string_view name) {
  return name == "authorization" || name == "x-api-key" || name == "api-key" ||
         name == "x-goog-api-key";
}

// Values may be secrets, so errors repeat only names.
absl::StatusOr<std::string> HeaderValue(const std::string& name, const std::string& value) {
  std::string text = value;
  if (value.starts_with("env:") || value.starts_with("file:")) {
    ASSIGN_OR_RETURN(text, ResolveSecret(value));
  }
  // Credentials may well be configured as a header; only what HTTP itself decides may not.
  const std::string lower = absl::AsciiStrToLower(name);
  if (!IsForwardableRequestHeader(IsKeyHeader(lower) ? "x-any" : name, text)) {
    return absl::InvalidArgumentError(
        absl::StrCat("header \"", name, "\" cannot be set on requests: it is HTTP's or warmpath's ",
                     "own, or its name or value holds a character that no header may hold"));
  }
  return text;
}

}  // namespace

absl::StatusOr<RequestRenderer> RequestRenderer::Create(const v1::ProviderConfig& config,
                                                        const VendorWire& wire,
                                                        const Options& options) {
  RequestRenderer renderer;
  renderer.wire_ = &wire;
  renderer.target_ = ReadTarget(wire.target, config, wire, options.base_path);
  renderer.stream_target_ =
      ReadTarget(wire.stream_target.empty() ? wire.target : wire.stream_target, config, wire,
                 options.base_path);

  std::string& lines = renderer.constant_;
  lines = "Content-Type: application/json\r\nUser-Agent: warmpath\r\nAccept-Encoding: identity\r\n";
  if (!options.api_key.empty()) {
    if (!IsHeaderValue(options.api_key)) {
      return absl::InvalidArgumentError("the API key holds a character that no header may hold");
    }
    AppendHeader(lines, wire.key_header, absl::StrCat(ToAbsl(wire.key_prefix), options.api_key));
    renderer.has_own_key_ = true;
  }
  for (const auto& [name, value] : config.headers()) {
    ASSIGN_OR_RETURN(const std::string text, HeaderValue(name, value));
    const std::string lower = absl::AsciiStrToLower(name);
    if (lower == wire.version_header) renderer.has_own_version_ = true;
    if (IsKeyHeader(lower)) renderer.has_own_key_ = true;
    AppendHeader(lines, name, text);
  }
  renderer.constant_with_version_ = lines;
  if (!wire.version_header.empty() && !renderer.has_own_version_) {
    AppendHeader(renderer.constant_with_version_, wire.version_header, wire.default_version);
  }
  lines += "x-request-id: ";
  renderer.constant_with_version_ += "x-request-id: ";
  return renderer;
}

RequestRenderer::Target RequestRenderer::ReadTarget(std::string_view pattern,
                                                    const v1::ProviderConfig& config,
                                                    const VendorWire& wire,
                                                    std::string_view base_path) {
  if (!wire.overlap.empty() && base_path.ends_with(wire.overlap)) {
    pattern.remove_prefix(wire.overlap.size());
  }
  constexpr std::string_view kModel = "{model}";
  const size_t at = pattern.find(kModel);
  Target target;
  target.has_model = at != std::string_view::npos;
  target.before = absl::StrCat(ToAbsl(base_path), ToAbsl(pattern.substr(0, at)));
  if (target.has_model) target.after = std::string(pattern.substr(at + kModel.size()));
  if (!config.api_version().empty()) {
    std::string& end = target.has_model ? target.after : target.before;
    absl::StrAppend(&end, "?api-version=", EscapeUrlPart(config.api_version()));
  }
  return target;
}

void RequestRenderer::Headers(const ModelCall& call, std::string_view model,
                              RenderedRequest& out) const {
  const bool same_dialect = call.dialect == wire_->dialect;
  bool caller_version = false;
  std::string& extra = out.extra;
  extra = "\r\n";
  if (call.shadow) AppendHeader(extra, "x-warmpath-shadow", "1");
  if (same_dialect) {
    for (const auto& [name, value] : call.headers) {
      if (!IsForwardableRequestHeader(name, value)) continue;
      if (EqualsIgnoreCase(name, wire_->version_header)) {
        if (has_own_version_) continue;
        caller_version = true;
      }
      AppendHeader(extra, name, value);
    }
    if (!call.shadow && !has_own_key_ && !call.caller_authorization.empty() &&
        IsHeaderValue(call.caller_authorization)) {
      // A bare key came from x-api-key; anything with a scheme is an authorization header.
      const bool bare = call.caller_authorization.find(' ') == std::string::npos;
      AppendHeader(extra, bare ? wire_->key_header : "authorization",
                   bare ? absl::StrCat(ToAbsl(wire_->key_prefix), call.caller_authorization)
                        : call.caller_authorization);
    }
  }
  const Target& target = call.stream ? stream_target_ : target_;
  if (target.has_model) {
    out.target = absl::StrCat(target.before, EscapeUrlPart(model), target.after);
    out.request.target = out.target;
  } else {
    out.request.target = target.before;
  }
  out.request.header_blocks.push_back(caller_version ? constant_ : constant_with_version_);
  if (IsHeaderValue(call.request_id)) out.request.header_blocks.push_back(call.request_id);
  out.request.header_blocks.push_back(extra);
}

void SpliceModel(const ModelCall& call, std::string_view model, RenderedRequest& out) {
  const std::string_view body = *call.body;
  auto& pieces = out.request.body;
  if (model.empty()) {
    pieces.push_back(body);
    return;
  }
  const auto plain = [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; };
  if (!std::all_of(model.begin(), model.end(), plain)) {
    out.model = ToJson(boost::json::value(boost::json::string(model.data(), model.size())));
    model = std::string_view(out.model).substr(1, out.model.size() - 2);
  }
  if (call.model.has_value()) {
    // The caller's own quotes stay.
    pieces.push_back(body.substr(0, call.model->offset + 1));
    pieces.push_back(model);
    pieces.push_back(body.substr(call.model->offset + call.model->size - 1));
    return;
  }
  const size_t brace = body.find('{');
  if (brace == std::string_view::npos) {
    pieces.push_back(body);
    return;
  }
  const size_t next = body.find_first_not_of(" \t\r\n", brace + 1);
  const bool empty = next == std::string_view::npos || body[next] == '}';
  pieces.push_back("{\"model\":\"");
  pieces.push_back(model);
  pieces.push_back(empty ? "\"" : "\",");
  pieces.push_back(body.substr(brace + 1));
}

}  // namespace warmpath
