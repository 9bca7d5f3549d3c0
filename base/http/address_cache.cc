#include "base/http/address_cache.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/ip/address.hpp"

namespace warmpath {

using boost::asio::ip::tcp;

AddressCache::AddressCache(boost::asio::io_context& io, std::string host, uint16_t port,
                           absl::Duration ttl)
    : io_(io), host_(std::move(host)), port_(port), ttl_(ttl), resolver_(io) {
  boost::system::error_code not_an_address;
  const auto address = boost::asio::ip::make_address(host_, not_an_address);
  if (not_an_address) return;
  addresses_ =
      std::make_shared<const std::vector<Endpoint>>(std::vector{Endpoint(address, port_)});
  fresh_until_ = Deadlines::TimePoint::max();
}

void AddressCache::Join(Waker& waker) {
  joined_.push_back(&waker);
  if (!running_) Start();
}

void AddressCache::Leave(Waker& waker) { std::erase(joined_, &waker); }

void AddressCache::WakeAll() {
  for (Waker* waker : std::exchange(joined_, {})) waker->WakeLater(io_.get_executor());
}

void AddressCache::Start() {
  running_ = true;
  resolver_.async_resolve(
      host_, std::to_string(port_),
      [weak = weak_from_this()](boost::system::error_code error, tcp::resolver::results_type found) {
        const auto self = weak.lock();
        if (self == nullptr) return;
        self->running_ = false;
        if (error || found.empty()) {
          self->addresses_ = nullptr;
          self->error_ = absl::UnavailableError(
              absl::StrCat("cannot resolve \"", self->host_, "\": ",
                           error ? error.message() : "it has no address",
                           "; check the name and the system's resolver"));
        } else {
          std::vector<Endpoint> endpoints;
          for (const auto& entry : found) endpoints.push_back(entry.endpoint());
          self->addresses_ = std::make_shared<const std::vector<Endpoint>>(std::move(endpoints));
          self->fresh_until_ = DeadlineAfter(self->ttl_);
          self->error_ = absl::OkStatus();
        }
        self->WakeAll();
      });
}

}  // namespace warmpath
