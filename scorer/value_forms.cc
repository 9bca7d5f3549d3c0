#include "scorer/value_forms.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"

namespace warmpath {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlpha(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); }
bool IsSpace(char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); }
bool IsWordByte(char c) {
  return IsAlpha(c) || IsDigit(c) || (static_cast<unsigned char>(c) & 0x80) != 0;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

// Dates and times are short; longer texts are never one.
constexpr size_t kMaxFormBytes = 64;

// A run of digits, a run of letters, or one other character.
struct Token {
  std::string text;  // lower case
  int number = -1;   // of up to nine digits
  char symbol = 0;
};

std::vector<Token> Tokenize(std::string_view text) {
  std::vector<Token> tokens;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    size_t end = at + 1;
    Token token;
    if (IsDigit(c)) {
      while (end < text.size() && IsDigit(text[end])) ++end;
      if (end - at <= 9) std::from_chars(text.data() + at, text.data() + end, token.number);
    } else if (IsAlpha(c)) {
      while (end < text.size() && IsAlpha(text[end])) ++end;
    } else {
      token.symbol = c;
    }
    token.text = absl::AsciiStrToLower(std::string(text.substr(at, end - at)));
    if (!(token.symbol != 0 && IsSpace(c))) tokens.push_back(std::move(token));
    at = end;
  }
  return tokens;
}

int MonthNumber(const std::string& word) {
  static constexpr std::array<std::string_view, 12> kMonths = {
      "january", "february", "march",     "april",   "may",      "june",
      "july",    "august",   "september", "october", "november", "december"};
  if (word == "sept") return 9;
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (word == kMonths[i] || (word.size() == 3 && kMonths[i].substr(0, 3) == word)) return i + 1;
  }
  return 0;
}

bool PlausibleDate(const DateForm& date) {
  return date.month >= 1 && date.month <= 12 && date.day >= 0 && date.day <= 31 &&
         (date.year == 0 || (date.year >= 1000 && date.year <= 9999));
}

std::optional<DateForm> NumericDate(const std::vector<Token>& tokens) {
  if (tokens.size() < 5) return std::nullopt;
  const char separator = tokens[1].symbol;
  if (separator != '-' && separator != '/' && separator != '.') return std::nullopt;
  if (tokens[3].symbol != separator) return std::nullopt;
  const int a = tokens[0].number, b = tokens[2].number, c = tokens[4].number;
  if (a < 0 || b < 0 || c < 0) return std::nullopt;
  // A time of midnight may follow: anything else says more than a date does.
  for (size_t i = 5; i < tokens.size(); ++i) {
    const bool neutral = tokens[i].number == 0 || tokens[i].text == "t" || tokens[i].text == "z" ||
                         tokens[i].symbol == ':' || tokens[i].symbol == '.';
    if (!neutral) return std::nullopt;
  }
  DateForm date;
  if (a >= 1000) {
    date = {a, b, c};
  } else if (c >= 1000 && (separator == '.' || a > 12)) {
    date = {c, b, a};
  } else if (c >= 1000) {
    date = {c, a, b};
  }
  return PlausibleDate(date) && date.day > 0 ? std::optional(date) : std::nullopt;
}

// "May 1st, 2024", "1 May 2024", "May 2024", "May 1".
std::optional<DateForm> WordDate(const std::vector<Token>& tokens) {
  static const auto& kNoise = *new absl::flat_hash_set<std::string>{
      "st", "nd", "rd", "th", "of", "the", "monday", "tuesday", "wednesday", "thursday",
      "friday", "saturday", "sunday", "mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  DateForm date;
  for (const Token& token : tokens) {
    if (token.symbol != 0) {
      if (token.symbol != ',' && token.symbol != '.' && token.symbol != '-') return std::nullopt;
    } else if (token.number >= 1000 && date.year == 0) {
      date.year = token.number;
    } else if (token.number >= 1 && token.number <= 31 && date.day == 0) {
      date.day = token.number;
    } else if (token.number >= 0) {
      return std::nullopt;
    } else if (const int month = MonthNumber(token.text); month != 0 && date.month == 0) {
      date.month = month;
    } else if (!kNoise.contains(token.text)) {
      return std::nullopt;
    }
  }
  const bool enough = date.month != 0 && (date.year != 0 || date.day != 0);
  return enough && PlausibleDate(date) ? std::optional(date) : std::nullopt;
}

struct Unit {
  std::string_view base;
  double factor;
};

const absl::flat_hash_map<std::string, Unit>& Units() {
  static const auto& units = *new absl::flat_hash_map<std::string, Unit>{
      {"m", {"m", 1}}, {"meter", {"m", 1}}, {"metre", {"m", 1}},
      {"km", {"m", 1000}}, {"kilometer", {"m", 1000}}, {"kilometre", {"m", 1000}},
      {"kms", {"m", 1000}}, {"cm", {"m", 0.01}}, {"centimeter", {"m", 0.01}},
      {"centimetre", {"m", 0.01}}, {"mm", {"m", 0.001}}, {"millimeter", {"m", 0.001}},
      {"mi", {"m", 1609.344}}, {"mile", {"m", 1609.344}}, {"ft", {"m", 0.3048}},
      {"foot", {"m", 0.3048}}, {"feet", {"m", 0.3048}}, {"yard", {"m", 0.9144}},
      {"yd", {"m", 0.9144}}, {"inch", {"m", 0.0254}}, {"inche", {"m", 0.0254}},
      {"kg", {"kg", 1}}, {"kilogram", {"kg", 1}}, {"kilo", {"kg", 1}}, {"g", {"kg", 0.001}},
      {"gram", {"kg", 0.001}}, {"mg", {"kg", 1e-6}}, {"milligram", {"kg", 1e-6}},
      {"lb", {"kg", 0.45359237}}, {"pound", {"kg", 0.45359237}}, {"oz", {"kg", 0.028349523125}},
      {"ounce", {"kg", 0.028349523125}},
      {"s", {"s", 1}}, {"sec", {"s", 1}}, {"second", {"s", 1}}, {"min", {"s", 60}},
      {"minute", {"s", 60}}, {"h", {"s", 3600}}, {"hr", {"s", 3600}}, {"hour", {"s", 3600}},
      {"day", {"s", 86400}}, {"week", {"s", 604800}}, {"month", {"month", 1}},
      {"year", {"month", 12}}, {"yr", {"month", 12}}, {"ms", {"s", 0.001}},
      {"millisecond", {"s", 0.001}},
      {"celsiu", {"celsius", 1}}, {"celsius", {"celsius", 1}}, {"c", {"celsius", 1}},
      {"°c", {"celsius", 1}}, {"fahrenheit", {"fahrenheit", 1}}, {"f", {"fahrenheit", 1}},
      {"°f", {"fahrenheit", 1}}, {"kelvin", {"kelvin", 1}},
      {"l", {"l", 1}}, {"liter", {"l", 1}}, {"litre", {"l", 1}}, {"ml", {"l", 0.001}},
      {"milliliter", {"l", 0.001}}, {"gallon", {"l", 3.785411784}},
      {"%", {"%", 1}}, {"percent", {"%", 1}},
      {"km/h", {"km/h", 1}}, {"kmh", {"km/h", 1}}, {"kph", {"km/h", 1}}, {"mph", {"mph", 1}},
      {"m/s", {"m/s", 1}}, {"mps", {"m/s", 1}},
      {"usd", {"usd", 1}}, {"dollar", {"usd", 1}}, {"$", {"usd", 1}}, {"us dollar", {"usd", 1}},
      {"eur", {"eur", 1}}, {"euro", {"eur", 1}}, {"€", {"eur", 1}}, {"gbp", {"gbp", 1}},
      {"£", {"gbp", 1}}, {"yen", {"jpy", 1}}, {"jpy", {"jpy", 1}},
      {"kb", {"byte", 1e3}}, {"mb", {"byte", 1e6}},
      {"gb", {"byte", 1e9}}, {"byte", {"byte", 1}},
  };
  return units;
}

std::optional<Unit> FindUnit(std::string_view text) {
  std::string name = FoldCase(text);
  if (name.size() > 20) return std::nullopt;
  if (!name.empty() && name.back() == '.') name.pop_back();
  auto it = Units().find(name);
  if (it == Units().end() && name.size() > 2 && name.back() == 's') {
    name.pop_back();
    it = Units().find(name);
  }
  if (it == Units().end()) return std::nullopt;
  return it->second;
}

const absl::flat_hash_set<std::string>& StopWords() {
  static const auto& words = *new absl::flat_hash_set<std::string>{
      "a", "an", "the", "of", "in", "on", "for", "to", "at", "by", "and", "with", "from"};
  return words;
}

// Short forms that everybody reads alike, as the words that they stand for.
const absl::flat_hash_map<std::string, std::vector<std::string>>& ShortForms() {
  static const auto& forms = *new absl::flat_hash_map<std::string, std::vector<std::string>>{
      {"usa", {"united", "state"}}, {"us", {"united", "state"}},
      {"uk", {"united", "kingdom"}}, {"uae", {"united", "arab", "emirate"}},
      {"eu", {"european", "union"}}, {"nyc", {"new", "york"}}, {"dc", {"d", "c"}},
      {"city", {}}, {"al", {"alabama"}}, {"ak", {"alaska"}}, {"az", {"arizona"}},
      {"ar", {"arkansa"}}, {"ca", {"california"}}, {"co", {"colorado"}}, {"ct", {"connecticut"}},
      {"de", {"delaware"}}, {"fl", {"florida"}}, {"ga", {"georgia"}}, {"hi", {"hawaii"}},
      {"id", {"idaho"}}, {"il", {"illinoi"}}, {"ia", {"iowa"}}, {"ks", {"kansa"}},
      {"ky", {"kentucky"}}, {"la", {"louisiana"}}, {"me", {"maine"}}, {"md", {"maryland"}},
      {"ma", {"massachusett"}}, {"mi", {"michigan"}}, {"mn", {"minnesota"}},
      {"ms", {"mississippi"}}, {"mo", {"missouri"}}, {"mt", {"montana"}}, {"ne", {"nebraska"}},
      {"nv", {"nevada"}}, {"nh", {"new", "hampshire"}}, {"nj", {"new", "jersey"}},
      {"nm", {"new", "mexico"}}, {"ny", {"new", "york"}}, {"nc", {"north", "carolina"}},
      {"nd", {"north", "dakota"}}, {"oh", {"ohio"}}, {"ok", {"oklahoma"}}, {"or", {"oregon"}},
      {"pa", {"pennsylvania"}}, {"ri", {"rhode", "island"}}, {"sc", {"south", "carolina"}},
      {"sd", {"south", "dakota"}}, {"tn", {"tennessee"}}, {"tx", {"texa"}}, {"ut", {"utah"}},
      {"vt", {"vermont"}}, {"va", {"virginia"}}, {"wa", {"washington"}},
      {"wv", {"west", "virginia"}}, {"wi", {"wisconsin"}}, {"wy", {"wyoming"}},
      {"st", {"street"}}, {"ave", {"avenue"}}, {"rd", {"road"}}, {"blvd", {"boulevard"}},
      {"dr", {"doctor"}}, {"vs", {"versu"}}, {"v", {"versu"}}, {"dept", {"department"}},
      {"univ", {"university"}}, {"intl", {"international"}}, {"info", {"information"}},
      {"temp", {"temperature"}}, {"max", {"maximum"}}, {"min", {"minimum"}},
      {"avg", {"average"}}, {"en", {"english"}}, {"fr", {"french"}}, {"es", {"spanish"}},
      {"jan", {"january"}}, {"feb", {"february"}}, {"mar", {"march"}}, {"apr", {"april"}},
      {"jun", {"june"}}, {"jul", {"july"}}, {"aug", {"august"}}, {"sep", {"september"}},
      {"sept", {"september"}}, {"oct", {"october"}}, {"nov", {"november"}}, {"dec", {"december"}},
  };
  return forms;
}

}  // namespace

std::string FoldCase(std::string_view text) {
  std::string folded(Trim(text));
  absl::AsciiStrToLower(&folded);
  return folded;
}

std::string FoldPunctuation(std::string_view text) {
  static constexpr std::string_view kMeaning = "+#%&$<>=@";
  std::string folded;
  folded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool digit_follows = i + 1 < text.size() && IsDigit(text[i + 1]);
    const bool word_before = i > 0 && IsWordByte(text[i - 1]);
    const bool decimal_point = c == '.' && digit_follows && i > 0 && IsDigit(text[i - 1]);
    const bool minus = c == '-' && digit_follows && !word_before;
    if (IsWordByte(c) || decimal_point || minus ||
        kMeaning.find(c) != std::string_view::npos) {
      folded += absl::ascii_tolower(static_cast<unsigned char>(c));
    }
  }
  return folded;
}

std::optional<double> ReadNumber(std::string_view text) {
  text = Trim(text);
  if (text.empty() || text.size() > kMaxFormBytes) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    // A comma counts as a separator of thousands only where three digits follow it.
    if (text[i] == ',' && i > 0 && i + 3 < text.size() + 0 && IsDigit(text[i - 1]) &&
        IsDigit(text[i + 1]) && IsDigit(text[i + 2]) && IsDigit(text[i + 3]) &&
        (i + 4 == text.size() || !IsDigit(text[i + 4]))) {
      continue;
    }
    plain += text[i];
  }
  double number = 0;
  const char* const end = plain.data() + plain.size();
  const auto [at, error] = std::from_chars(plain.data(), end, number);
  if (error != std::errc() || at != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<bool> ReadBool(std::string_view text) {
  const std::string folded = text.size() > 8 ? std::string() : FoldCase(text);
  if (folded == "true" || folded == "yes") return true;
  if (folded == "false" || folded == "no") return false;
  return std::nullopt;
}

std::optional<DateForm> ReadDate(std::string_view text) {
  text = Trim(text);
  if (text.size() < 5 || text.size() > kMaxFormBytes) return std::nullopt;
  const std::vector<Token> tokens = Tokenize(text);
  if (auto date = NumericDate(tokens)) return date;
  return WordDate(tokens);
}

std::optional<int> ReadTime(std::string_view text) {
  text = Trim(text);
  if (text.empty() || text.size() > 16) return std::nullopt;
  std::vector<int> parts;
  int half = 0;  // 1: a.m., 2: p.m.
  bool colon = false;
  for (const Token& token : Tokenize(text)) {
    if (token.number >= 0) {
      parts.push_back(token.number);
    } else if (token.symbol == ':' || token.symbol == '.') {
      colon = colon || token.symbol == ':';
    } else if (token.text == "am" || token.text == "a") {
      half = 1;
    } else if (token.text == "pm" || token.text == "p") {
      half = 2;
    } else if (token.text != "m") {
      return std::nullopt;
    }
  }
  if (parts.empty() || parts.size() > 3 || (half == 0 && !colon)) return std::nullopt;
  parts.resize(3);
  if (half != 0 && (parts[0] < 1 || parts[0] > 12)) return std::nullopt;
  if (parts[0] > 24 || parts[1] > 59 || parts[2] > 60) return std::nullopt;
  if (half != 0) parts[0] = parts[0] % 12 + (half == 2 ? 12 : 0);
  return parts[0] * 3600 + parts[1] * 60 + parts[2];
}

std::optional<Measure> ReadMeasure(std::string_view text) {
  text = Trim(text);
  if (text.empty() || text.size() > kMaxFormBytes) return std::nullopt;
  if (text.front() == '$') {
    const auto number = ReadNumber(text.substr(1));
    if (!number) return std::nullopt;
    return Measure{*number, true, "usd"};
  }
  const size_t end = text.find_first_not_of("+-0123456789.,eE");
  const bool has_number = end != 0 && end != std::string_view::npos &&
                          (IsDigit(text[0]) || (text.size() > 1 && IsDigit(text[1])));
  const std::string_view unit_text = Trim(has_number ? text.substr(end) : text);
  const auto unit = FindUnit(!unit_text.empty() && unit_text[0] == '-' ? unit_text.substr(1)
                                                                       : unit_text);
  if (!unit) return std::nullopt;
  // A currency alone is most likely a code that an interface expects as it is.
  const bool currency = unit->base == "usd" || unit->base == "eur" || unit->base == "gbp" ||
                        unit->base == "jpy";
  if (!has_number) {
    if (currency) return std::nullopt;
    return Measure{unit->factor, false, unit->base};
  }
  std::string_view digits = text.substr(0, end);
  while (!digits.empty() && digits.back() == '-') digits.remove_suffix(1);
  const auto number = ReadNumber(digits);
  if (!number) return std::nullopt;
  return Measure{*number * unit->factor, true, unit->base};
}

std::vector<std::string> ReadWords(std::string_view text, bool expand) {
  std::vector<std::string> words;
  const auto add = [&](std::string word) {
    if (word.size() > 3 && word.back() == 's' && word[word.size() - 2] != 's') word.pop_back();
    if (StopWords().contains(word)) return;
    // "United States of America".
    if (expand && word == "america" && !words.empty() && words.back() == "state") return;
    const auto it = expand ? ShortForms().find(word) : ShortForms().end();
    if (it == ShortForms().end()) {
      words.push_back(std::move(word));
    } else {
      words.insert(words.end(), it->second.begin(), it->second.end());
    }
  };
  for (size_t at = 0; at < text.size();) {
    if (!IsWordByte(text[at])) {
      ++at;
      continue;
    }
    std::string word;
    for (; at < text.size(); ++at) {
      const char c = text[at];
      const bool inner_mark = (c == '.' || c == '\'') && at + 1 < text.size() &&
                              IsWordByte(text[at + 1]) && !word.empty();
      if (IsWordByte(c)) {
        word += absl::ascii_tolower(static_cast<unsigned char>(c));
      } else if (c == '.' && inner_mark && IsDigit(text[at + 1]) && IsDigit(word.back())) {
        word += c;
      } else if (!(inner_mark && (c == '\'' || word.size() == 1))) {
        break;
      }
    }
    add(std::move(word));
  }
  return words;
}

std::optional<std::string> FoldMath(std::string_view text) {
  if (text.size() > 1024) return std::nullopt;
  std::string folded;
  bool has_operator = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (IsSpace(c)) continue;
    if (c == '*' && i + 1 < text.size() && text[i + 1] == '*') {
      folded += '^';
      has_operator = true;
      ++i;
    } else {
      has_operator = has_operator || c == '^' || c == '*' || c == '+' || c == '=';
      folded += absl::ascii_tolower(static_cast<unsigned char>(c));
    }
  }
  if (!has_operator) return std::nullopt;
  std::string result;
  for (size_t i = 0; i < folded.size(); ++i) {
    const bool product = folded[i] == '*' && i > 0 && i + 1 < folded.size() &&
                         IsDigit(folded[i - 1]) &&
                         (IsAlpha(folded[i + 1]) || folded[i + 1] == '(');
    if (!product) result += folded[i];
  }
  return result;
}

}  // namespace warmpath
