// Early returns for absl::Status and absl::StatusOr.
//
//   RETURN_IF_ERROR(store->Append(card));
//   ASSIGN_OR_RETURN(auto config, LoadConfig(path));
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define RETURN_IF_ERROR(expr)                         \
  do {                                                \
    if (absl::Status wp_status = (expr); !wp_status.ok()) return wp_status; \
  } while (false)

#define WARMPATH_CONCAT_INNER(a, b) a##b
#define WARMPATH_CONCAT(a, b) WARMPATH_CONCAT_INNER(a, b)
#define ASSIGN_OR_RETURN(lhs, expr) \
  WARMPATH_ASSIGN_OR_RETURN(WARMPATH_CONCAT(wp_statusor_, __LINE__), lhs, expr)
#define WARMPATH_ASSIGN_OR_RETURN(tmp, lhs, expr) \
  auto tmp = (expr);                              \
  if (!tmp.ok()) return std::move(tmp).status();  \
  lhs = *std::move(tmp)
