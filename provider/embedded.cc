#include "provider/embedded.h"

#include <functional>
#include <utility>

#include "base/status_macros.h"
#include "provider/codec.h"
#include "provider/deliver.h"
#include "provider/path_call.h"
#include "provider/rules/rule_book.h"

namespace warmpath {
namespace {

// Answers at once by a function of the request.
class EmbeddedProvider final : public Provider {
 public:
  using Function = std::function<v1::Observation(const v1::ModelRequest&)>;

  EmbeddedProvider(Function answer, const Clock& clock) : answer_(std::move(answer)), clock_(clock) {}

  boost::asio::awaitable<Answer> Call(const ModelCall& call, const PathTarget& target,
                                      AnswerSink* sink, CancelToken* cancel) override {
    PathCall path_call(call, target, sink, cancel, clock_);
    const auto request = path_call.caller_codec().DecodeRequest(*call.body);
    if (!request.ok()) {
      path_call.Fail(v1::FAILURE_CLASS_INVALID_REQUEST,
                     {request.status().message().data(), request.status().message().size()});
      path_call.NoteEnd();
      co_return std::move(path_call.answer);
    }
    v1::Observation observation = answer_(*request);
    observation.set_served_model(target.model);
    if (observation.has_handover()) {
      path_call.answer.handover = std::make_shared<const v1::Handover>(observation.handover());
    }
    path_call.answer.dialect = Dialect::kCanonical;
    path_call.answer.native = std::make_shared<const std::string>(observation.SerializeAsString());
    co_await DeliverWhole(path_call, std::move(observation));
    path_call.NoteEnd();
    co_return std::move(path_call.answer);
  }

 private:
  const Function answer_;
  const Clock& clock_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Provider>> MakeRulesProvider(const v1::RulesConfig& config,
                                                            const Clock& clock) {
  ASSIGN_OR_RETURN(RuleBook made, RuleBook::Create(config));
  auto book = std::make_shared<const RuleBook>(std::move(made));
  return std::make_unique<EmbeddedProvider>(
      [book](const v1::ModelRequest& request) { return book->Answer(request); }, clock);
}

absl::StatusOr<std::unique_ptr<Provider>> MakeStaticProvider(const v1::StaticConfig& config,
                                                             const Clock& clock) {
  if (config.text().empty() == !config.has_json()) {
    return absl::InvalidArgumentError("a static provider needs exactly one of text and json");
  }
  v1::Observation answer;
  answer.set_outcome(v1::OUTCOME_END);
  answer.set_text(config.has_json() ? ValueToJson(config.json()) : config.text());
  return std::make_unique<EmbeddedProvider>([answer](const v1::ModelRequest&) { return answer; },
                                            clock);
}

}  // namespace warmpath
