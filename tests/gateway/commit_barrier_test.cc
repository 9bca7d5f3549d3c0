#include "gateway/commit_barrier.h"

#include <string>
#include <vector>

#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/io_context.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Notes what a caller would see.
class Caller final : public FrontStream {
 public:
  boost::asio::awaitable<bool> Begin(const ServedBy& served, std::string_view bytes) override {
    seen.push_back("begin " + served.path + ": " + std::string(bytes));
    co_return !gone;
  }
  boost::asio::awaitable<bool> Write(std::string_view bytes) override {
    seen.emplace_back(bytes);
    co_return !gone;
  }

  std::vector<std::string> seen;
  bool gone = false;
};

class CommitBarrierTest : public ::testing::Test {
 protected:
  bool Write(std::string_view bytes, PieceKind kind) {
    bool taken = false;
    boost::asio::co_spawn(io_, [&]() -> boost::asio::awaitable<void> {
      taken = co_await barrier_.Write(bytes, kind);
    }, boost::asio::detached);
    io_.restart();
    io_.run();
    return taken;
  }

  boost::asio::io_context io_;
  Caller caller_;
  CommitBarrier barrier_{caller_};
};

TEST_F(CommitBarrierTest, HoldsThePreambleBackUntilTheFirstContent) {
  barrier_.Try({.path = "a"});
  EXPECT_TRUE(Write("role;", PieceKind::kPreamble));
  EXPECT_TRUE(Write("ping;", PieceKind::kPreamble));
  EXPECT_THAT(caller_.seen, IsEmpty());
  EXPECT_FALSE(barrier_.committed());
  EXPECT_TRUE(Write("word", PieceKind::kContent));
  EXPECT_TRUE(barrier_.committed());
  EXPECT_TRUE(Write("end", PieceKind::kTerminal));
  EXPECT_THAT(caller_.seen, ElementsAre("begin a: role;ping;word", "end"));
}

TEST_F(CommitBarrierTest, APathThatFailsBeforeContentLeavesNoTrace) {
  barrier_.Try({.path = "a"});
  Write("role of a;", PieceKind::kPreamble);
  barrier_.Try({.path = "b"});
  Write("role of b;", PieceKind::kPreamble);
  Write("word", PieceKind::kContent);
  EXPECT_THAT(caller_.seen, ElementsAre("begin b: role of b;word"));
}

TEST_F(CommitBarrierTest, AnEmptyAnswerCommitsWithItsTerminalEvent) {
  barrier_.Try({.path = "a"});
  Write("end", PieceKind::kTerminal);
  EXPECT_THAT(caller_.seen, ElementsAre("begin a: end"));
}

TEST_F(CommitBarrierTest, ABoundlessPreambleCommits) {
  barrier_.Try({.path = "a"});
  const std::string pings(CommitBarrier::kMaxPreambleBytes + 1, ':');
  EXPECT_TRUE(Write(pings, PieceKind::kPreamble));
  EXPECT_TRUE(barrier_.committed());
}

TEST_F(CommitBarrierTest, SaysThatTheCallerIsGone) {
  caller_.gone = true;
  barrier_.Try({.path = "a"});
  EXPECT_FALSE(Write("word", PieceKind::kContent));
}

}  // namespace
}  // namespace warmpath
