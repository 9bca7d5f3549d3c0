#include "store/keys.h"

namespace warmpath {
namespace {

constexpr char kEscape = '\0';
constexpr char kEscapedZero = '\xff';
constexpr char kTextEnd = '\x01';
constexpr uint64_t kSignBit = uint64_t{1} << 63;

}  // namespace

void AppendText(std::string_view text, std::string* key) {
  for (char c : text) {
    key->push_back(c);
    if (c == kEscape) key->push_back(kEscapedZero);
  }
  key->push_back(kEscape);
  key->push_back(kTextEnd);
}

void AppendTime(absl::Time time, std::string* key) {
  const uint64_t ordered = static_cast<uint64_t>(absl::ToUnixMicros(time)) ^ kSignBit;
  for (int shift = 56; shift >= 0; shift -= 8) key->push_back(static_cast<char>(ordered >> shift));
}

bool ConsumeText(std::string_view* key, std::string* text) {
  text->clear();
  for (size_t i = 0; i < key->size(); ++i) {
    const char c = (*key)[i];
    if (c != kEscape) {
      text->push_back(c);
      continue;
    }
    if (++i == key->size()) return false;
    if ((*key)[i] == kTextEnd) {
      key->remove_prefix(i + 1);
      return true;
    }
    if ((*key)[i] != kEscapedZero) return false;
    text->push_back(kEscape);
  }
  return false;
}

bool ConsumeTime(std::string_view* key, absl::Time* time) {
  if (key->size() < 8) return false;
  uint64_t ordered = 0;
  for (char c : key->substr(0, 8)) ordered = ordered << 8 | static_cast<uint8_t>(c);
  key->remove_prefix(8);
  *time = absl::FromUnixMicros(static_cast<int64_t>(ordered ^ kSignBit));
  return true;
}

bool ConsumeByte(std::string_view* key, uint8_t* byte) {
  if (key->empty()) return false;
  *byte = static_cast<uint8_t>(key->front());
  key->remove_prefix(1);
  return true;
}

std::string TextsKey(std::string_view first) {
  std::string key;
  key.reserve(first.size() + 2);
  AppendText(first, &key);
  return key;
}

std::string TextsKey(std::string_view first, std::string_view second) {
  std::string key = TextsKey(first);
  AppendText(second, &key);
  return key;
}

std::string AfterPrefix(std::string_view prefix) {
  std::string after(prefix);
  while (!after.empty() && after.back() == '\xff') after.pop_back();
  if (!after.empty()) ++after.back();
  return after;
}

uint8_t LaneOf(v1::Dimension failed) { return static_cast<uint8_t>(kLaneDivergent + failed); }

std::string EncodeKey(const PathIndexKey& key) {
  std::string bytes;
  bytes.reserve(key.workflow.size() + key.path.size() + key.card_id.size() + 16);
  AppendText(key.workflow, &bytes);
  AppendText(key.path, &bytes);
  bytes.push_back(static_cast<char>(key.lane));
  AppendTime(key.create_time, &bytes);
  bytes.append(key.card_id);
  return bytes;
}

bool DecodeKey(std::string_view bytes, PathIndexKey* key) {
  if (!ConsumeText(&bytes, &key->workflow) || !ConsumeText(&bytes, &key->path) ||
      !ConsumeByte(&bytes, &key->lane) || !ConsumeTime(&bytes, &key->create_time)) {
    return false;
  }
  key->card_id = bytes;
  return !bytes.empty();
}

std::string EncodeKey(const TallyKey& key) {
  std::string bytes;
  bytes.reserve(key.workflow.size() + key.path.size() + key.evidence_key.size() + 16);
  AppendText(key.workflow, &bytes);
  AppendText(key.path, &bytes);
  AppendText(key.evidence_key, &bytes);
  bytes.push_back(static_cast<char>(key.dimension));
  AppendTime(key.bucket_time, &bytes);
  return bytes;
}

bool DecodeKey(std::string_view bytes, TallyKey* key) {
  uint8_t dimension = 0;
  if (!ConsumeText(&bytes, &key->workflow) || !ConsumeText(&bytes, &key->path) ||
      !ConsumeText(&bytes, &key->evidence_key) || !ConsumeByte(&bytes, &dimension) ||
      !ConsumeTime(&bytes, &key->bucket_time)) {
    return false;
  }
  key->dimension = static_cast<v1::Dimension>(dimension);
  return bytes.empty();
}

std::string TextAndIdKey(std::string_view text, std::string_view id) {
  std::string key = TextsKey(text);
  key.append(id);
  return key;
}

bool DecodeTextAndIdKey(std::string_view bytes, std::string* text, std::string* id) {
  if (!ConsumeText(&bytes, text)) return false;
  *id = bytes;
  return !bytes.empty();
}

}  // namespace warmpath
