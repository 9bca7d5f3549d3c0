#include "gateway/failure_reply.h"

namespace warmpath {

bool RelaysError(const LiveAnswer& live, Dialect caller_dialect) {
  const Answer& answer = live.answer;
  if (!answer.reply || answer.http_status < 400 || answer.dialect != caller_dialect) return false;
  switch (answer.failure->failure_class()) {
    case v1::FAILURE_CLASS_AUTH:
    case v1::FAILURE_CLASS_QUOTA:
    case v1::FAILURE_CLASS_NOT_FOUND:
      return live.with_callers_key;
    default:
      return true;
  }
}

v1::Failure ToldToCaller(const LiveAnswer& live) {
  v1::Failure told = *live.answer.failure;
  if (!live.with_callers_key && (told.failure_class() == v1::FAILURE_CLASS_AUTH ||
                                 told.failure_class() == v1::FAILURE_CLASS_NOT_FOUND)) {
    told.set_failure_class(v1::FAILURE_CLASS_SERVER_ERROR);
  }
  return told;
}

bool IsOwnDecision(const v1::Failure& failure) {
  switch (failure.failure_class()) {
    case v1::FAILURE_CLASS_LOCAL_LIMIT:
    case v1::FAILURE_CLASS_PATH_LIMIT:
    case v1::FAILURE_CLASS_DEADLINE:
    case v1::FAILURE_CLASS_UNTRANSLATABLE:
    case v1::FAILURE_CLASS_CONTEXT_WINDOW:
    case v1::FAILURE_CLASS_HISTORY:
    case v1::FAILURE_CLASS_CONTRACT:
    case v1::FAILURE_CLASS_REFUSED:
      return true;
    default:
      return false;
  }
}

}  // namespace warmpath
