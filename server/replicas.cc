#include "server/replicas.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/log.h"
#include "base/proto_time.h"
#include "base/secret.h"
#include "base/status_macros.h"
#include "warmpath/v1/admin.grpc.pb.h"

namespace warmpath {
namespace {

// The judge drops what is later than 128 buckets of 10 s.
constexpr absl::Duration kLookBack = absl::Minutes(20);
constexpr absl::Duration kFirstPause = absl::Seconds(1);
constexpr absl::Duration kLongestPause = absl::Seconds(30);
// The other side tells its watermark every second.
constexpr absl::Duration kSilence = absl::Seconds(20);
constexpr int kMaxMessageBytes = 64 << 20;
constexpr size_t kKnownCards = 1 << 20;

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(
    const v1::ReplicasConfig& config) {
  if (!config.tls()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  if (!config.ca_file().empty()) {
    std::ifstream file(config.ca_file());
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) {
      return absl::InvalidArgumentError(
          absl::StrCat("replicas.ca_file: cannot read '", config.ca_file(), "'"));
    }
    options.pem_root_certs = text.str();
  }
  return grpc::SslCredentials(options);
}

// Cards of others that are in the store already.
//
// Thread safety: thread-safe. Bounded: the oldest are forgotten.
class KnownCards {
 public:
  // False if it was known.
  bool Add(const std::string& id) {
    absl::MutexLock lock(&mutex_);
    if (!known_.insert(id).second) return false;
    order_.push_back(id);
    if (order_.size() > kKnownCards) {
      known_.erase(order_.front());
      order_.pop_front();
    }
    return true;
  }
  void Remove(const std::vector<std::string>& ids) {
    absl::MutexLock lock(&mutex_);
    for (const std::string& id : ids) known_.erase(id);
  }

 private:
  absl::Mutex mutex_;
  absl::flat_hash_set<std::string> known_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> order_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<std::shared_ptr<KnownCards>> CardsInStore(ScoreStore& store, absl::Time start) {
  auto known = std::make_shared<KnownCards>();
  CardQuery query{.start = start, .limit = kMaxPageSize};
  do {
    ASSIGN_OR_RETURN(const Page<v1::Scorecard> page, store.ListCards(query));
    for (const v1::Scorecard& card : page.items) {
      if (!card.origin_id().empty()) known->Add(card.origin_id());
    }
    query.page_token = page.next_page_token;
  } while (!query.page_token.empty());
  return known;
}

}  // namespace

// One other replica.
class Replicas::Link {
 public:
  Link(std::string address, std::shared_ptr<grpc::Channel> channel, std::string token,
       std::string own_name, std::shared_ptr<KnownCards> known, ScoreStore& store,
       const Clock& clock)
      : address_(std::move(address)),
        token_(std::move(token)),
        own_name_(std::move(own_name)),
        store_(store),
        clock_(clock),
        stub_(v1::AdminService::NewStub(channel)),
        known_(std::move(known)),
        thread_([this] { Run(); }) {}
  ~Link() { Stop(); }

  void Stop() {
    {
      absl::MutexLock lock(&mutex_);
      stopped_ = true;
      if (call_ != nullptr) call_->TryCancel();
    }
    if (thread_.joinable()) thread_.join();
  }

  absl::Time watermark() const {
    absl::MutexLock lock(&mutex_);
    return status_.self() ? absl::InfiniteFuture() : watermark_;
  }

  v1::ReplicaStatus status() const {
    absl::MutexLock lock(&mutex_);
    v1::ReplicaStatus status = status_;
    status.set_address(address_);
    return status;
  }

 private:
  void Run() {
    absl::Duration pause = kFirstPause;
    while (true) {
      const absl::Time start = clock_.Now();
      const grpc::Status end = Follow();
      absl::MutexLock lock(&mutex_);
      if (status_.connected()) {
        LogWarning("replica lost", {{"address", address_}, {"error", end.error_message()}});
      }
      status_.set_connected(false);
      if (stopped_ || status_.self()) return;
      status_.set_error(end.ok() ? "it ended the stream" : end.error_message());
      if (clock_.Now() - start > kLongestPause) pause = kFirstPause;
      mutex_.AwaitWithTimeout(absl::Condition(&stopped_), pause);
      if (stopped_) return;
      pause = std::min(2 * pause, kLongestPause);
    }
  }

  // Reads until the other side, or Stop, ends it.
  grpc::Status Follow() {
    grpc::ClientContext context;
    if (!token_.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", token_));
    context.AddMetadata("x-warmpath-actor", absl::StrCat("replica ", own_name_));
    v1::StreamScorecardsRequest request;
    request.set_follow(true);
    request.set_own_only(true);
    {
      absl::MutexLock lock(&mutex_);
      if (stopped_) return grpc::Status::CANCELLED;
      call_ = &context;
      const absl::Time oldest = clock_.Now() - kLookBack;
      if (last_time_ > oldest) request.set_after_id(last_id_);
      *request.mutable_start_time() = ToProto(oldest);
    }
    const auto reader = stub_->StreamScorecards(&context, request);
    v1::StreamScorecardsResponse response;
    while (reader->Read(&response) && Take(std::exchange(response, {}))) {
    }
    context.TryCancel();
    const grpc::Status end = reader->Finish();
    absl::MutexLock lock(&mutex_);
    call_ = nullptr;
    return error_.ok() ? end
                       : grpc::Status(grpc::StatusCode::INTERNAL, std::string(error_.message()));
  }

  // False: there is no use in reading on.
  bool Take(v1::StreamScorecardsResponse response) {
    const bool self = response.replica() == own_name_;
    const absl::Status appended = self ? absl::OkStatus() : Append(response);
    absl::MutexLock lock(&mutex_);
    status_.set_self(self);
    error_ = appended;
    if (self || !appended.ok()) return false;
    if (!status_.connected()) LogInfo("replica followed", {{"address", address_}});
    status_.set_connected(true);
    status_.clear_error();
    status_.set_cards(status_.cards() + response.cards_size());
    last_time_ = clock_.Now();
    *status_.mutable_last_time() = ToProto(last_time_);
    if (!response.last_id().empty()) last_id_ = response.last_id();
    if (response.has_watermark_time()) watermark_ = FromProto(response.watermark_time());
    return !stopped_;
  }

  // Each card once, under an id of this store. What the store refuses is asked for again.
  absl::Status Append(v1::StreamScorecardsResponse& response) {
    std::vector<NewCard> cards;
    std::vector<std::string> ids;
    for (v1::Scorecard& card : *response.mutable_cards()) {
      if (!known_->Add(card.id())) continue;
      ids.push_back(card.id());
      card.set_origin_id(card.id());
      card.clear_id();
      card.clear_create_time();
      cards.push_back({.card = std::move(card), .body = std::nullopt});
    }
    if (cards.empty()) return absl::OkStatus();
    const absl::Status status = store_.AppendBatch(std::move(cards)).status();
    if (!status.ok()) known_->Remove(ids);
    return status;
  }

  const std::string address_, token_, own_name_;
  ScoreStore& store_;
  const Clock& clock_;
  const std::unique_ptr<v1::AdminService::Stub> stub_;
  const std::shared_ptr<KnownCards> known_;

  mutable absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* call_ ABSL_GUARDED_BY(mutex_) = nullptr;
  v1::ReplicaStatus status_ ABSL_GUARDED_BY(mutex_);
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
  absl::Time watermark_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  // When something last came, and the newest card of the other's store.
  absl::Time last_time_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::string last_id_ ABSL_GUARDED_BY(mutex_);

  std::thread thread_;  // last: it uses all of the above
};

absl::StatusOr<std::unique_ptr<Replicas>> Replicas::Start(const v1::ReplicasConfig& config,
                                                          const std::string& own_name,
                                                          ScoreStore& store, const Clock& clock) {
  std::string token;
  if (!config.bearer_token().empty()) {
    ASSIGN_OR_RETURN(token, ResolveSecret(config.bearer_token()));
  }
  ASSIGN_OR_RETURN(const auto credentials, Credentials(config));
  std::shared_ptr<KnownCards> known;
  if (config.peers_size() > 0) {
    ASSIGN_OR_RETURN(known, CardsInStore(store, clock.Now() - 2 * kLookBack));
  }
  std::vector<std::unique_ptr<Link>> links;
  for (const std::string& peer : config.peers()) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, static_cast<int>(absl::ToInt64Milliseconds(kSilence)));
    // The environment is not looked at: a proxy that nobody configured would see the evidence.
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    links.push_back(std::make_unique<Link>(
        peer, grpc::CreateCustomChannel(peer, credentials, arguments), token, own_name, known, store,
        clock));
  }
  return std::unique_ptr<Replicas>(new Replicas(std::move(links)));
}

Replicas::Replicas(std::vector<std::unique_ptr<Link>> links) : links_(std::move(links)) {}

Replicas::~Replicas() { Stop(); }

void Replicas::Stop() {
  for (const auto& link : links_) link->Stop();
}

absl::Time Replicas::Watermark() const {
  absl::Time watermark = absl::InfiniteFuture();
  for (const auto& link : links_) watermark = std::min(watermark, link->watermark());
  return watermark;
}

std::vector<v1::ReplicaStatus> Replicas::Statuses() const {
  std::vector<v1::ReplicaStatus> statuses;
  for (const auto& link : links_) statuses.push_back(link->status());
  return statuses;
}

}  // namespace warmpath
