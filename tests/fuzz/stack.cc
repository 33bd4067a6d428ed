// A stack document: checked, never built; findings stay within the text.
#include "loam/config/stack.h"

#include "tests/fuzz/support.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  loam::config::LoadOptions options;
  options.registry = loam::fuzz::registry();
  const auto found =
      loam::config::check(std::string(loam::fuzz::bytes_of(data, size)), std::move(options));
  for (const loam::config::Diagnostic& diagnostic : found) {
    loam::fuzz::require(!diagnostic.message.empty(), "a finding says what is wrong");
    loam::fuzz::require(!diagnostic.to_string().empty(), "a finding can be shown");
  }
  loam::fuzz::require(found.size() <= 21, "findings have an end");
  return 0;
}
