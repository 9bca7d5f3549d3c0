// A provider's requests on the wire: what is the same in all of them is written once.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/http/http_client.h"
#include "provider/answer.h"
#include "provider/vendor.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// One request, ready to be sent. Not movable once rendered: `request` views the strings beside it.
struct RenderedRequest {
  // Where count_tokens goes; what request.target then refers to.
  std::string counting_target;
  RenderedRequest() = default;
  RenderedRequest(const RenderedRequest&) = delete;
  RenderedRequest& operator=(const RenderedRequest&) = delete;

  HttpRequest request;
  std::string extra;
  std::string model;
  std::string target;  // where the URL names the model
};

// A RequestRenderer writes requests for one provider.
//
//   ASSIGN_OR_RETURN(const RequestRenderer renderer, RequestRenderer::Create(config, wire, options));
//   RenderedRequest rendered;
//   renderer.Headers(call, target.model, rendered);
//   SpliceModel(call, target.model, rendered);
//   co_await pool.Send(rendered.request);
//
// Thread safety: immutable. Ownership: owns copies of what it needs of the config; what it renders
// views it, the call and the RenderedRequest, and must not outlive them.
class RequestRenderer {
 public:
  struct Options {
    std::string base_path;  // of the base URL
    std::string api_key;    // resolved; empty: none
  };

  // Resolves the configured headers. INVALID_ARGUMENT naming the header that cannot be sent.
  static absl::StatusOr<RequestRenderer> Create(const v1::ProviderConfig& config,
                                                const VendorWire& wire, const Options& options);

  // Sets target and headers. A shadow never gets the caller's credentials, whatever `call` holds.
  // `model` stands in the URL where the vendor wants it there; a target without it costs nothing.
  void Headers(const ModelCall& call, std::string_view model, RenderedRequest& out) const;

 private:
  // A request target, in the middle of which the model may stand.
  struct Target {
    std::string before;
    std::string after;
    bool has_model = false;
  };

  RequestRenderer() = default;
  static Target ReadTarget(std::string_view pattern, const v1::ProviderConfig& config,
                           const VendorWire& wire, std::string_view base_path);

  const VendorWire* wire_ = nullptr;
  Target target_;
  Target stream_target_;
  // Header lines that never change, up to and with "x-request-id: ".
  std::string constant_;
  // The same with the vendor's default version.
  std::string constant_with_version_;
  bool has_own_key_ = false;
  bool has_own_version_ = false;
};

// Sets the body: the caller's, byte for byte, but for the value of "model", which becomes `model`.
// Nothing of the body is copied. REQUIRES: call.body is a JSON object (see ScanBody).
void SpliceModel(const ModelCall& call, std::string_view model, RenderedRequest& out);

}  // namespace warmpath
