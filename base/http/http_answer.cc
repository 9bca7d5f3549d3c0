// How an HttpSession words and sends its answers.
#include <algorithm>
#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/http/http_session.h"

namespace warmpath {
namespace {

std::string_view StatusLine(int status) {
  switch (status) {
    case 200: return "HTTP/1.1 200 OK\r\n";
    case 201: return "HTTP/1.1 201 Created\r\n";
    case 202: return "HTTP/1.1 202 Accepted\r\n";
    case 204: return "HTTP/1.1 204 No Content\r\n";
    case 301: return "HTTP/1.1 301 Moved Permanently\r\n";
    case 302: return "HTTP/1.1 302 Found\r\n";
    case 303: return "HTTP/1.1 303 See Other\r\n";
    case 304: return "HTTP/1.1 304 Not Modified\r\n";
    case 400: return "HTTP/1.1 400 Bad Request\r\n";
    case 401: return "HTTP/1.1 401 Unauthorized\r\n";
    case 403: return "HTTP/1.1 403 Forbidden\r\n";
    case 404: return "HTTP/1.1 404 Not Found\r\n";
    case 405: return "HTTP/1.1 405 Method Not Allowed\r\n";
    case 408: return "HTTP/1.1 408 Request Timeout\r\n";
    case 409: return "HTTP/1.1 409 Conflict\r\n";
    case 413: return "HTTP/1.1 413 Content Too Large\r\n";
    case 415: return "HTTP/1.1 415 Unsupported Media Type\r\n";
    case 422: return "HTTP/1.1 422 Unprocessable Content\r\n";
    case 429: return "HTTP/1.1 429 Too Many Requests\r\n";
    case 431: return "HTTP/1.1 431 Request Header Fields Too Large\r\n";
    case 500: return "HTTP/1.1 500 Internal Server Error\r\n";
    case 501: return "HTTP/1.1 501 Not Implemented\r\n";
    case 502: return "HTTP/1.1 502 Bad Gateway\r\n";
    case 503: return "HTTP/1.1 503 Service Unavailable\r\n";
    case 504: return "HTTP/1.1 504 Gateway Timeout\r\n";
    default: return "";
  }
}

bool AllowsBody(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

// Leaves the head in the core's scratch.
void HttpSession::RenderHead(const HttpResponse& response, std::string_view framing) {
  std::string& head = core_->scratch;
  head.clear();
  if (const std::string_view line = StatusLine(response.status); !line.empty()) {
    head.append(line);
  } else {
    absl::StrAppend(&head, "HTTP/1.1 ", response.status, " Status\r\n");
  }
  for (std::string_view block : response.header_blocks) head.append(block);
  head.append(framing);
  if (!keep_alive_) {
    head.append("Connection: close\r\n");
  } else if (parser_.has_head() && parser_.head().version == 10) {
    head.append("Connection: keep-alive\r\n");
  }
  head.append("\r\n");
}

void HttpSession::Respond(const HttpResponse& response) {
  if (answer_ != Answer::kNone) return;
  answer_ = Answer::kComplete;
  if (!parser_.done() || !parser_.keep_alive() || core_->stopping) keep_alive_ = false;
  size_t length = 0;
  for (std::string_view piece : response.body) length += piece.size();
  char framing[48] = "Content-Length: ";
  char* end = framing + 16;
  if (AllowsBody(response.status)) {
    end = std::to_chars(end, framing + sizeof(framing) - 2, length).ptr;
    *end++ = '\r';
    *end++ = '\n';
  } else {
    end = framing;
  }
  RenderHead(response, {framing, static_cast<size_t>(end - framing)});
  IoPieces pieces = {core_->scratch};
  if (!is_head_request_ && AllowsBody(response.status)) {
    for (std::string_view piece : response.body) {
      if (!piece.empty()) pieces.push_back(piece);
    }
  }
  Send(std::move(pieces));
}

void HttpSession::StartStream(const HttpResponse& response) {
  if (answer_ != Answer::kNone) return;
  answer_ = Answer::kStreaming;
  chunked_ = parser_.head().version == 11;
  if (!chunked_ || !parser_.keep_alive() || core_->stopping) keep_alive_ = false;
  RenderHead(response, chunked_ ? "Transfer-Encoding: chunked\r\n" : "");
  stream_head_ = core_->scratch;
}

void HttpSession::SendPiece(std::string_view data, bool last) {
  if (answer_ != Answer::kStreaming) return;
  IoPieces pieces;
  if (!stream_head_.empty()) pieces.push_back(stream_head_);
  char size_line[20];
  if (!is_head_request_ && !data.empty()) {
    if (chunked_) {
      char* end = std::to_chars(size_line, size_line + 16, data.size(), 16).ptr;
      *end++ = '\r';
      *end++ = '\n';
      pieces.emplace_back(size_line, end - size_line);
    }
    pieces.push_back(data);
    if (chunked_ && !last) pieces.emplace_back("\r\n");
  }
  if (chunked_ && last && !is_head_request_) {
    pieces.emplace_back(data.empty() ? "0\r\n\r\n" : "\r\n0\r\n\r\n");
  }
  if (last) answer_ = Answer::kComplete;
  if (!pieces.empty()) Send(std::move(pieces));
  stream_head_.clear();
}

void HttpSession::Send(IoPieces pieces) {
  if (write_failed_) return;
  if (!pending()) {
    const IoResult io = stream_->TryWrite(pieces);
    if (io.state == IoResult::kOk) {
      AdvancePieces(pieces, io.bytes);
    } else if (io.state == IoResult::kError) {
      write_failed_ = true;
      keep_alive_ = false;
      return;
    }
  }
  for (std::string_view piece : pieces) pending_.append(piece);
}

void HttpSession::SendProblem(int status, std::string_view reason) {
  ++core_->stats.problems;
  HttpProblemBody problem;
  if (core_->options.render_problem) {
    const std::string_view target = parser_.has_head() ? parser_.head().target : "";
    problem = core_->options.render_problem({.status = status, .reason = reason, .target = target});
  } else {
    problem.body.append(reason).append("\n");
  }
  const std::string type = absl::StrCat("Content-Type: ", problem.content_type, "\r\n");
  Respond({.status = status, .header_blocks = {type}, .body = {problem.body}});
}

absl::Status HttpSession::WriteStatus() const {
  if (!write_failed_ && !stream_->closed()) return absl::OkStatus();
  return absl::CancelledError("the client has closed the connection");
}

}  // namespace warmpath
