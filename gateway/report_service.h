// The gRPC door for services that keep their own provider call.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "boost/asio/any_io_executor.hpp"
#include "gateway/grpc_access.h"
#include "gateway/report_intake.h"
#include "grpcpp/grpcpp.h"
#include "warmpath/v1/report.grpc.pb.h"

namespace warmpath {

// ReportServiceImpl answers warmpath.v1.ReportService: gRPC's threads hand each batch to an executor
// off the live path, and the next one is read when that is done. So a call holds one batch at a time,
// and a reporter that is too fast is slowed down by gRPC's flow control, not by us waiting.
//
// Thread safety: all methods may be called concurrently.
// Ownership: borrows `intake`, and the executors' contexts, which must run until the gRPC server has
//   ended.
// Bounded: kMaxCalls calls at a time, kMaxBatch exchanges in a message, kMaxExchanges in a call.
// Errors: as report.proto says.
class ReportServiceImpl final : public v1::ReportService::CallbackService {
 public:
  static constexpr int kMaxCalls = 64;
  static constexpr int kMaxBatch = 256;
  static constexpr int64_t kMaxExchanges = 100'000;

  // REQUIRES: at least one executor.
  ReportServiceImpl(ReportIntake& intake, std::vector<boost::asio::any_io_executor> executors)
      : intake_(intake), executors_(std::move(executors)) {}

  // Before the first call, and after a reload.
  void Configure(std::shared_ptr<const GrpcDoorSettings> settings) {
    settings_.store(std::move(settings));
  }

  grpc::ServerReadReactor<v1::ReportExchangesRequest>* ReportExchanges(
      grpc::CallbackServerContext* context, v1::ReportExchangesResponse* response) override;

 private:
  class Reactor;

  ReportIntake& intake_;
  const std::vector<boost::asio::any_io_executor> executors_;
  std::atomic<std::shared_ptr<const GrpcDoorSettings>> settings_;
  std::atomic<uint64_t> next_executor_ = 0;
  std::atomic<int> calls_ = 0;
};

}  // namespace warmpath
