// The two kinds of traffic that are kept apart.
#pragma once

namespace warmpath {

// What a set of providers is for. Each has its own connections and keys.
enum class Traffic {
  kLive,    // somebody waits for the answer
  kShadow,  // nobody does
};

}  // namespace warmpath
