// A host's addresses, looked up without blocking and kept for some seconds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/http/deadlines.h"
#include "base/http/waker.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"

namespace warmpath {

// One lookup at a time, however many ask.
//
//   cache->Join(waker);
//   co_await waker.Wait();   // ends when the lookup did, or when somebody else wakes it
//   cache->Leave(waker);
//   if (cache->addresses() == nullptr) return cache->error();
//
// Thread safety: none; belongs to the thread that runs `io`. Ownership: borrows `io`; held by a
// shared_ptr, as a lookup cannot be taken back.
class AddressCache : public std::enable_shared_from_this<AddressCache> {
 public:
  using Endpoint = boost::asio::ip::tcp::endpoint;
  using Addresses = std::shared_ptr<const std::vector<Endpoint>>;

  // A host that is an address itself needs no lookup, ever.
  AddressCache(boost::asio::io_context& io, std::string host, uint16_t port, absl::Duration ttl);

  // Whether addresses() are not older than the ttl.
  bool fresh() const { return addresses_ != nullptr && Deadlines::Now() < fresh_until_; }
  // What the last lookup found; nullptr if it failed or there was none.
  const Addresses& addresses() const { return addresses_; }
  const absl::Status& error() const { return error_; }

  // Wakes `waker` once, when the lookup under way is done; starts one if there is none.
  void Join(Waker& waker);
  void Leave(Waker& waker);
  // Wakes everybody now.
  void WakeAll();

 private:
  void Start();

  boost::asio::io_context& io_;
  const std::string host_;
  const uint16_t port_;
  const absl::Duration ttl_;
  boost::asio::ip::tcp::resolver resolver_;
  Addresses addresses_;
  Deadlines::TimePoint fresh_until_;
  absl::Status error_;
  bool running_ = false;
  std::vector<Waker*> joined_;
};

}  // namespace warmpath
