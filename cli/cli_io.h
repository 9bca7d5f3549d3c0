// The world outside, as commands see it.
#pragma once

#include <functional>
#include <istream>
#include <memory>
#include <ostream>
#include <string>

#include "base/clock.h"
#include "cli/style.h"

namespace grpc {
class Channel;
}

namespace warmpath {

// Thread safety: none. Ownership: borrows the streams and the clock.
struct CliIo {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  const Clock& clock;
  // How `out` is drawn on.
  Style style;
  // A variable of the environment; "" if it is not set.
  std::function<std::string(const std::string&)> environment;
  // Connects to an address. Unset: over the network.
  std::function<std::shared_ptr<grpc::Channel>(const std::string&)> connect = nullptr;
};

}  // namespace warmpath
