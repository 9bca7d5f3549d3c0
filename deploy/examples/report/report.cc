// Calls a provider itself and reports each exchange to warmpath, off its own hot path.
//
//   bazel run //deploy/examples/report -- --base_url http://127.0.0.1:9001/v1 --model gpt-5
//     --warmpath 127.0.0.1:8081 --workflow support-reply --path openai "Where is my parcel?"
//
// Everything it needs of warmpath is proto/warmpath/v1/report.proto. Plain HTTP only: a service has an
// HTTP client of its own.
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "boost/asio/io_context.hpp"
#include "boost/beast/core.hpp"
#include "boost/beast/http.hpp"
#include "boost/json.hpp"
#include "google/protobuf/util/time_util.h"
#include "grpcpp/grpcpp.h"
#include "warmpath/v1/report.grpc.pb.h"

ABSL_FLAG(std::string, base_url, "", "The provider's, such as http://127.0.0.1:9001/v1; required.");
ABSL_FLAG(std::string, model, "", "The model to ask the provider for; required.");
ABSL_FLAG(std::string, warmpath, "", "HOST:PORT of warmpath's gRPC front door; required.");
ABSL_FLAG(std::string, workflow, "", "The workflow in warmpath's config; required.");
ABSL_FLAG(std::string, path, "", "The path that this provider is there; empty: the active one.");
ABSL_FLAG(std::string, id_prefix, "", "Ids are PREFIX-0, PREFIX-1, ...; empty: a new one each time.");

namespace {

namespace v1 = warmpath::v1;
using google::protobuf::util::TimeUtil;

// Takes exchanges without ever waiting, and sends them in batches from a thread of its own. What does
// not fit, or could not be sent three times, is dropped and counted: a report is evidence, and never
// worth a slow answer. Thread safety: Report may be called concurrently.
class Reporter {
 public:
  Reporter(const std::string& target, std::string token)
      // grpc::SslCredentials({}) where the door has TLS.
      : stub_(v1::ReportService::NewStub(
            grpc::CreateChannel(target, grpc::InsecureChannelCredentials()))),
        token_(std::move(token)),
        thread_([this] { Run(); }) {}
  // Sends what still waits.
  ~Reporter() {
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
    }
    wake_.notify_one();
    thread_.join();
    std::cout << "accepted " << accepted_ << ", duplicates " << duplicates_ << ", refused "
              << refused_ << ", dropped here " << dropped_ << "\n";
  }

  void Report(v1::ReportedExchange exchange) {
    std::lock_guard lock(mutex_);
    if (waiting_.size() >= kRoom) {
      ++dropped_;
      return;
    }
    waiting_.push_back(std::move(exchange));
    if (waiting_.size() >= kBatch) wake_.notify_one();
  }

 private:
  static constexpr size_t kRoom = 1000, kBatch = 100;
  static constexpr std::chrono::seconds kInterval{1};
  static constexpr int kAttempts = 3;

  void Run() {
    std::unique_lock lock(mutex_);
    while (!closing_ || !waiting_.empty()) {
      wake_.wait_for(lock, kInterval, [this] { return closing_ || waiting_.size() >= kBatch; });
      v1::ReportExchangesRequest batch;
      while (!waiting_.empty() && batch.exchanges_size() < static_cast<int>(kBatch)) {
        *batch.add_exchanges() = std::move(waiting_.front());
        waiting_.pop_front();
      }
      lock.unlock();
      if (batch.exchanges_size() > 0) Send(batch);
      lock.lock();
    }
  }

  void Send(const v1::ReportExchangesRequest& batch) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      grpc::ClientContext call;
      call.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
      if (!token_.empty()) call.AddMetadata("authorization", "Bearer " + token_);
      v1::ReportExchangesResponse told;
      const auto writer = stub_->ReportExchanges(&call, &told);
      writer->Write(batch);
      writer->WritesDone();
      const grpc::Status status = writer->Finish();
      if (status.ok()) {
        accepted_ += told.accepted();
        duplicates_ += told.duplicates();
        refused_ += told.refused();
        for (const v1::RefusedExchange& refusal : told.refusals()) {
          std::cerr << "report: " << refusal.id() << " refused: " << refusal.message() << "\n";
        }
        return;
      }
      // The ids make it safe to send the same again: each exchange counts once.
      std::cerr << "report: " << status.error_message() << "\n";
      std::this_thread::sleep_for(std::chrono::milliseconds(200 << attempt));
    }
    std::lock_guard lock(mutex_);
    dropped_ += batch.exchanges_size();
  }

  const std::unique_ptr<v1::ReportService::Stub> stub_;
  const std::string token_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<v1::ReportedExchange> waiting_;
  bool closing_ = false;
  int64_t dropped_ = 0;
  // Touched by the sending thread only, until it has ended.
  int64_t accepted_ = 0, duplicates_ = 0, refused_ = 0;
  std::thread thread_;
};

struct BaseUrl {
  std::string host, port, path;
};

BaseUrl ParseBaseUrl(std::string url) {
  if (url.rfind("http://", 0) != 0) {
    std::cerr << "report: --base_url must begin with http://\n";
    std::exit(2);
  }
  url.erase(0, 7);
  const size_t slash = std::min(url.find('/'), url.size());
  const size_t colon = std::min(url.find(':'), slash);
  return {url.substr(0, colon), colon < slash ? url.substr(colon + 1, slash - colon - 1) : "80",
          url.substr(slash)};
}

// One call of an OpenAI-compatible API; notes in `exchange` what was sent and what came.
void CallProvider(const BaseUrl& base, const std::string& prompt, v1::ReportedExchange& exchange) {
  namespace beast = boost::beast;
  namespace http = beast::http;
  exchange.set_dialect(v1::WIRE_DIALECT_OPENAI_CHAT);
  // The very bytes that are sent.
  exchange.set_request_body(boost::json::serialize(boost::json::object{
      {"model", absl::GetFlag(FLAGS_model)},
      {"messages", {{{"role", "user"}, {"content", prompt}}}}}));
  *exchange.mutable_dispatch_time() = TimeUtil::GetCurrentTime();
  const auto began = std::chrono::steady_clock::now();
  beast::error_code error;
  boost::asio::io_context io;
  boost::asio::ip::tcp::resolver resolver(io);
  beast::tcp_stream connection(io);
  const auto addresses = resolver.resolve(base.host, base.port, error);
  if (!error) connection.connect(addresses, error);
  if (error) {
    exchange.mutable_failure()->set_failure_class(v1::FAILURE_CLASS_CONNECT);
  } else {
    http::request<http::string_body> request(http::verb::post, base.path + "/chat/completions", 11);
    request.set(http::field::host, base.host);
    request.set(http::field::content_type, "application/json");
    if (const char* key = std::getenv("OPENAI_API_KEY")) {
      request.set(http::field::authorization, std::string("Bearer ") + key);
    }
    request.body() = exchange.request_body();
    request.prepare_payload();
    http::response<http::string_body> answer;
    beast::flat_buffer buffer;
    http::write(connection, request, error);
    if (!error) http::read(connection, buffer, answer, error);
    if (error) {
      exchange.mutable_failure()->set_failure_class(v1::FAILURE_CLASS_RESET);
    } else {
      // Errors are answers, too: their bodies tell their class.
      exchange.mutable_answer()->set_http_status(answer.result_int());
      exchange.mutable_answer()->set_body(answer.body());
    }
  }
  *exchange.mutable_duration() = TimeUtil::NanosecondsToDuration(
      std::chrono::nanoseconds(std::chrono::steady_clock::now() - began).count());
  std::cout << (exchange.has_answer() ? exchange.answer().body() : "(no answer)") << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "calls a provider itself and reports each exchange to warmpath, off its own hot path.\n\n"
      "  report --base_url http://HOST:PORT/v1 --model MODEL --warmpath HOST:PORT "
      "--workflow WORKFLOW PROMPT...\n\n"
      "The provider's key is taken from OPENAI_API_KEY, warmpath's token from WARMPATH_TOKEN.");
  const std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
  if (rest.size() < 2 || absl::GetFlag(FLAGS_base_url).empty() ||
      absl::GetFlag(FLAGS_model).empty() || absl::GetFlag(FLAGS_warmpath).empty() ||
      absl::GetFlag(FLAGS_workflow).empty()) {
    std::cerr << "report: --base_url, --model, --warmpath, --workflow and a prompt are needed; see "
                 "--help\n";
    return 2;
  }
  const BaseUrl base = ParseBaseUrl(absl::GetFlag(FLAGS_base_url));
  std::string prefix = absl::GetFlag(FLAGS_id_prefix);
  if (prefix.empty()) prefix = std::to_string(std::random_device()()) + std::to_string(time(nullptr));
  const char* token = std::getenv("WARMPATH_TOKEN");
  Reporter reporter(absl::GetFlag(FLAGS_warmpath), token != nullptr ? token : "");
  for (size_t i = 1; i < rest.size(); ++i) {
    v1::ReportedExchange exchange;
    exchange.set_id(prefix + "-" + std::to_string(i - 1));
    exchange.set_workflow(absl::GetFlag(FLAGS_workflow));
    exchange.set_path(absl::GetFlag(FLAGS_path));
    CallProvider(base, rest[i], exchange);
    reporter.Report(std::move(exchange));
  }
  return 0;
}
