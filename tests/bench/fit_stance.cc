// Finds the weights of scorer/stance_weights.h anew, and prints that file.
//
//   WARMPATH_DATA=../shared/data bazel run //tests/bench:fit_stance > scorer/stance_weights.h
//
// Logistic regression with three classes by stochastic gradient descent, on XSTest (CC-BY-4.0), SpeechMap
// and When2Call (Apache-2.0). Deterministic: the same data give the same weights. Prints a four-fold cross-validation,
// by prompt, to stderr.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "base/stable_hash.h"
#include "scorer/stance_cues.h"
#include "tests/bench/agreement_data.h"

namespace warmpath::bench {
namespace {

namespace json = boost::json;

constexpr int kClasses = 3;  // proceed, partial, refuse
constexpr int kFolds = 4;

struct Example {
  StanceFeatures features;
  int label = 0;
  double weight = 1;
  int fold = 0;
  char set = ' ';
};

struct Model {
  std::array<std::array<double, kClasses>, kStanceFeatures> weights{};
  std::array<double, kClasses> bias{};
};

std::array<double, kClasses> Sums(const Model& model, const StanceFeatures& features) {
  std::array<double, kClasses> sums = model.bias;
  for (size_t i = 0; i < kStanceFeatures; ++i) {
    for (int c = 0; features[i] && c < kClasses; ++c) sums[c] += model.weights[i][c];
  }
  return sums;
}

Model Fit(std::vector<const Example*> examples) {
  constexpr int kEpochs = 120;
  constexpr double kRate = 0.15, kDecay = 1e-3;
  Model model;
  std::mt19937_64 random(1);
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    // std::shuffle differs between libraries; this does not.
    for (size_t i = examples.size(); i > 1; --i) std::swap(examples[i - 1], examples[random() % i]);
    const double rate = kRate / (1 + 0.2 * epoch);
    for (const Example* example : examples) {
      std::array<double, kClasses> p = Sums(model, example->features);
      const double top = *std::max_element(p.begin(), p.end());
      double total = 0;
      for (double& value : p) total += value = std::exp(value - top);
      for (int c = 0; c < kClasses; ++c) {
        const double gradient = (p[c] / total - (c == example->label)) * example->weight;
        model.bias[c] -= rate * gradient;
        for (size_t i = 0; i < kStanceFeatures; ++i) {
          if (!example->features[i]) continue;
          model.weights[i][c] -= rate * (gradient + kDecay * model.weights[i][c]);
        }
      }
    }
  }
  return model;
}

void Add(std::vector<Example>& examples, const std::string& text, int label, double weight,
         const std::string& prompt, char set) {
  if (text.empty() || label < 0) return;
  Example& example = examples.emplace_back();
  example.features = ReadStanceCues(PlainWords(text, 1500), text.size());
  example.label = label;
  example.weight = weight;
  example.fold = static_cast<int>(StableHash64(prompt) % kFolds);
  example.set = set;
}

std::vector<Example> ReadExamples(const std::string& directory) {
  std::vector<Example> examples;
  ForEachRow(directory, "policy_xstest", [&](const json::object& row) {
    const std::string label = Text(row, "label");
    Add(examples, Text(row, "completion"), label == "refuse" ? 2 : label == "partial" ? 1 : 0, 1.0,
        Text(row, "id"), 'x');
  });
  ForEachRow(directory, "policy_speechmap", [&](const json::object& row) {
    const std::string label = Text(row, "label");
    const int number = label == "DENIAL" ? 2 : label == "EVASIVE" ? 1 : label == "COMPLETE" ? 0 : -1;
    Add(examples, Text(row, "answer"), number, 0.7, Text(row, "id"), 's');
  });
  ForEachRow(directory, "policy_when2call", [&](const json::object& row) {
    const json::object& answers = row.at("answers").get_object();
    Add(examples, Text(answers, "direct"), 0, 0.7, Text(row, "id"), 'w');
    Add(examples, Text(answers, "request_for_info"), 0, 0.7, Text(row, "id"), 'w');
    Add(examples, Text(answers, "cannot_answer"), 2, 0.7, Text(row, "id"), 'w');
  });
  return examples;
}

void CrossValidate(const std::vector<Example>& examples) {
  struct Counts {
    int all = 0, three = 0, two = 0;
    int refusals = 0, read_refusals = 0, both = 0;
  };
  std::array<Counts, 128> counts{};
  for (int fold = 0; fold < kFolds; ++fold) {
    std::vector<const Example*> training;
    for (const Example& example : examples) {
      if (example.fold != fold) training.push_back(&example);
    }
    const Model model = Fit(training);
    for (const Example& example : examples) {
      if (example.fold != fold) continue;
      const auto sums = Sums(model, example.features);
      const int top = static_cast<int>(std::max_element(sums.begin(), sums.end()) - sums.begin());
      const int read = OpensWithDeclineAbroad(example.features) ? 2 : top;
      Counts& count = counts[static_cast<unsigned char>(example.set)];
      ++count.all;
      count.three += read == example.label;
      count.two += (read == 0) == (example.label == 0);
      count.refusals += example.label == 2;
      count.read_refusals += read == 2;
      count.both += read == 2 && example.label == 2;
    }
  }
  for (const char set : {'x', 's', 'w'}) {
    const Counts& count = counts[static_cast<unsigned char>(set)];
    std::fprintf(stderr, "%c: %d examples, three classes %.2f %%, two %.2f %%, F1 of refusals %.3f\n",
                 set, count.all, 100.0 * count.three / count.all, 100.0 * count.two / count.all,
                 2.0 * count.both / (count.refusals + count.read_refusals));
  }
}

int Hundredths(double value) { return static_cast<int>(std::lround(100 * value)); }

void Print(const Model& model) {
  std::printf(
      "// Weights of the signs of stance_cues.h. Written by tests/bench/fit_stance; do not edit by "
      "hand.\n#pragma once\n\n#include <array>\n\n#include \"scorer/stance_cues.h\"\n\n"
      "namespace warmpath {\n\n"
      "// Hundredths of a nat towards REFUSE and PARTIAL, against PROCEED.\n"
      "struct StanceWeight {\n  int refuse;\n  int partial;\n};\n\n");
  std::printf("inline constexpr StanceWeight kStanceBias = {%d, %d};\n",
              Hundredths(model.bias[2] - model.bias[0]), Hundredths(model.bias[1] - model.bias[0]));
  std::printf("inline constexpr std::array<StanceWeight, kStanceFeatures> kStanceWeights = {{\n");
  for (size_t i = 0; i < kStanceFeatures; ++i) {
    std::printf("    {%d, %d},  // %s\n", Hundredths(model.weights[i][2] - model.weights[i][0]),
                Hundredths(model.weights[i][1] - model.weights[i][0]),
                StanceFeatureName(i).c_str());
  }
  std::printf("}};\n\n}  // namespace warmpath\n");
}

}  // namespace
}  // namespace warmpath::bench

int main() {
  const char* directory = std::getenv("WARMPATH_DATA");
  const std::string data = directory != nullptr ? directory : "../shared/data";
  const auto examples = warmpath::bench::ReadExamples(data);
  if (examples.empty()) {
    std::fprintf(stderr, "fit_stance: no data in %s\n", data.c_str());
    return 1;
  }
  warmpath::bench::CrossValidate(examples);
  std::vector<const warmpath::bench::Example*> all;
  for (const auto& example : examples) all.push_back(&example);
  warmpath::bench::Print(warmpath::bench::Fit(all));
  return 0;
}
