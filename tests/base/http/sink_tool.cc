// An upstream that answers every request with 2 KB of JSON: sink_tool HOST:PORT
#include <iostream>
#include <string>

#include "base/http/deadlines.h"
#include "base/http/http_listener.h"
#include "base/http/http_server.h"

namespace asio = boost::asio;
using namespace warmpath;

int main(int argc, char** argv) {
  asio::io_context io(1);
  Deadlines deadlines(io);
  auto listener = HttpListener::Open(argc > 1 ? argv[1] : "127.0.0.1:0");
  if (!listener.ok()) return std::cerr << listener.status() << "\n", 1;
  const std::string body = "{\"text\":\"" + std::string(2037, 'x') + "\"}";
  auto server = HttpServer::Start(io, deadlines, **listener, {},
                                  [&body](HttpExchange& exchange) -> asio::awaitable<void> {
                                    exchange.Respond(200, "Content-Type: application/json\r\n",
                                                     body);
                                    co_return;
                                  });
  if (!server.ok()) return std::cerr << server.status() << "\n", 1;
  std::cout << "listening on " << (*listener)->address() << std::endl;
  io.run();
}
