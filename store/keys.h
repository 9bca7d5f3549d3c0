// How keys of the store are written, so that their byte order is the order of their parts.
// docs/store_format.md describes the same for people; tests/store/keys_test.cc pins the bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// Text: its bytes with 00 written as 00 ff, then 00 01. Any bytes are allowed, none is the start of
// another, and the order is that of the texts.
void AppendText(std::string_view text, std::string* key);
// A time: microseconds since 1970 as 8 big-endian bytes with the sign bit turned over. Finer parts
// are cut off; times out of range become the first or last.
void AppendTime(absl::Time time, std::string* key);

// Take one part off the front of `key`. False, with `key` and the result undefined, if there is none.
bool ConsumeText(std::string_view* key, std::string* text);
bool ConsumeTime(std::string_view* key, absl::Time* time);
bool ConsumeByte(std::string_view* key, uint8_t* byte);

// The texts one after the other: the start of every key that begins with them.
std::string TextsKey(std::string_view first);
std::string TextsKey(std::string_view first, std::string_view second);

// The smallest key that is greater than all that start with `prefix`.
// REQUIRES: `prefix` holds a byte other than ff.
std::string AfterPrefix(std::string_view prefix);

// cards_by_path: text workflow, text path, byte lane, time create_time, the card's id. Cards stand
// in lane 0, divergent ones also in lane 1 and in lane 1 + d for each dimension d that they failed.
constexpr uint8_t kLaneAll = 0;
constexpr uint8_t kLaneDivergent = 1;
uint8_t LaneOf(v1::Dimension failed);

struct PathIndexKey {
  std::string workflow;
  std::string path;
  uint8_t lane = kLaneAll;
  absl::Time create_time;
  std::string card_id;
};
std::string EncodeKey(const PathIndexKey& key);
bool DecodeKey(std::string_view bytes, PathIndexKey* key);

// tallies: text workflow, text path, text evidence_key, byte dimension, time bucket_time.
struct TallyKey {
  std::string workflow;
  std::string path;
  std::string evidence_key;
  v1::Dimension dimension = v1::DIMENSION_UNSPECIFIED;
  absl::Time bucket_time;
};
std::string EncodeKey(const TallyKey& key);
bool DecodeKey(std::string_view bytes, TallyKey* key);

// Records of one workflow and cards of one request: a text, then an id that takes the rest.
std::string TextAndIdKey(std::string_view text, std::string_view id);
bool DecodeTextAndIdKey(std::string_view bytes, std::string* text, std::string* id);

}  // namespace warmpath
