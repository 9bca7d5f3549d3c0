#include "provider/wire/images.h"

#include "absl/strings/str_cat.h"

namespace warmpath {

void SetImageUrl(std::string_view url, v1::Image* image) {
  constexpr std::string_view kScheme = "data:";
  constexpr std::string_view kMark = ";base64,";
  const size_t mark = url.find(kMark);
  if (!url.starts_with(kScheme) || mark == std::string_view::npos) {
    image->set_url(std::string(url));
    return;
  }
  image->set_media_type(std::string(url.substr(kScheme.size(), mark - kScheme.size())));
  image->set_data_base64(std::string(url.substr(mark + kMark.size())));
}

std::string ImageUrl(const v1::Image& image) {
  if (image.data_base64().empty()) return image.url();
  return absl::StrCat("data:", image.media_type(), ";base64,", image.data_base64());
}

}  // namespace warmpath
