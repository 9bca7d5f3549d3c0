#include "gateway/report_service.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/post.hpp"

namespace warmpath {

// One call. gRPC lets go of it in OnDone, which comes after Finish, and Finish is called only when no
// batch is being worked off: so whatever was posted finds it alive.
class ReportServiceImpl::Reactor final
    : public grpc::ServerReadReactor<v1::ReportExchangesRequest> {
 public:
  Reactor(ReportServiceImpl& service, v1::ReportExchangesResponse& response,
          const absl::Status& admitted)
      : service_(service),
        response_(response),
        executor_(service.executors_[service.next_executor_.fetch_add(1) %
                                     service.executors_.size()]) {
    const bool room = service_.calls_.fetch_add(1) < kMaxCalls;
    if (!admitted.ok()) {
      Finish(GrpcStatusOf(admitted));
    } else if (!room) {
      Finish({grpc::StatusCode::RESOURCE_EXHAUSTED,
              absl::StrCat("more than ", kMaxCalls, " calls report at a time; send larger batches "
                           "over fewer calls, and try again later")});
    } else {
      StartRead(&batch_);
    }
  }
  ~Reactor() override { service_.calls_.fetch_sub(1); }

  void OnReadDone(bool ok) override {
    if (ok) {
      boost::asio::post(executor_, [this] { TakeBatch(); });
    } else {
      Finish(grpc::Status::OK);
    }
  }
  void OnDone() override { delete this; }

 private:
  void TakeBatch() {
    if (batch_.exchanges_size() > kMaxBatch) {
      Finish({grpc::StatusCode::INVALID_ARGUMENT,
              absl::StrCat("a message with ", batch_.exchanges_size(), " exchanges; at most ",
                           kMaxBatch, " go into one")});
      return;
    }
    taken_ += batch_.exchanges_size();
    if (taken_ > kMaxExchanges) {
      Finish({grpc::StatusCode::INVALID_ARGUMENT,
              absl::StrCat("more than ", kMaxExchanges, " exchanges in one call; end the call and "
                           "begin another one")});
      return;
    }
    const auto settings = service_.settings_.load();
    for (v1::ReportedExchange& exchange : *batch_.mutable_exchanges()) {
      service_.intake_.Take(exchange, settings->directory, response_);
    }
    batch_.Clear();
    StartRead(&batch_);
  }

  ReportServiceImpl& service_;
  v1::ReportExchangesResponse& response_;
  const boost::asio::any_io_executor executor_;
  v1::ReportExchangesRequest batch_;
  int64_t taken_ = 0;
};

grpc::ServerReadReactor<v1::ReportExchangesRequest>* ReportServiceImpl::ReportExchanges(
    grpc::CallbackServerContext* context, v1::ReportExchangesResponse* response) {
  return new Reactor(*this, *response, CheckDoor(settings_.load()->tokens, *context));
}

}  // namespace warmpath
