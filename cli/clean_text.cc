#include "cli/clean_text.h"

#include <algorithm>
#include <string>
#include <vector>

namespace warmpath {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void CleanField(Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  const bool is_text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  if (!is_text && field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return;
  if (!field.is_repeated()) {
    if (is_text) {
      reflection.SetString(&message, &field, CleanText(reflection.GetString(message, &field)));
    } else {
      CleanText(*reflection.MutableMessage(&message, &field));
    }
    return;
  }
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    if (is_text) {
      reflection.SetRepeatedString(&message, &field, i,
                                   CleanText(reflection.GetRepeatedString(message, &field, i)));
    } else {
      CleanText(*reflection.MutableRepeatedMessage(&message, &field, i));
    }
  }
}

}  // namespace

std::string CleanText(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  // C1 controls, in UTF-8 C2 80 to C2 9F.
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const auto second = static_cast<unsigned char>(text[i + 1]);
    if (static_cast<unsigned char>(text[i]) == 0xC2 && second >= 0x80 && second <= 0x9F) {
      text[i] = text[i + 1] = ' ';
    }
  }
  return text;
}

void CleanText(Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) CleanField(message, *field);
}

}  // namespace warmpath
