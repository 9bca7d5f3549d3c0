// Images by URL and by value: one canonical form for both dialects. Nothing is ever fetched.
#pragma once

#include <string>
#include <string_view>

#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// A base64 data: URL becomes media_type and data_base64; any other URL stays one.
void SetImageUrl(std::string_view url, v1::Image* image);

// The image as a URL, a data: URL if it is held by value.
std::string ImageUrl(const v1::Image& image);

}  // namespace warmpath
