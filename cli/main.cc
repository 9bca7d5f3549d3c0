// warmpath: what is green and why, and moving traffic, on the command line.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/cli.h"

namespace {

std::string Environment(const std::string& name) {
  const char* value = getenv(name.c_str());
  return value == nullptr ? "" : value;
}

// The variable that decides how characters are read, as setlocale() looks for it.
std::string Locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (const std::string value = Environment(name); !value.empty()) return value;
  }
  return "";
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that goes away ends the output, not the program in the middle of an action.
  signal(SIGPIPE, SIG_IGN);
  std::ios::sync_with_stdio(false);
  const warmpath::SystemClock clock;
  warmpath::CliIo io{std::cin, std::cout, std::cerr, clock,
                     warmpath::ChooseStyle(isatty(STDOUT_FILENO) == 1, Environment("NO_COLOR"),
                                           Environment("TERM"), Locale()),
                     Environment};
  return warmpath::RunCli({argv + 1, argv + argc}, io);
}
