/// A driver process, started to be killed at a random moment.
#pragma once

#include <cstdint>
#include <string>

namespace loam::test {

/// Starts crash_driver on a store and a board, waits for its byte, spins so many times, kills it
/// and waits for its end. Empty: it was killed; else what it did instead.
std::string run_and_kill(const std::string& store, const std::string& board, std::uint64_t spins);

}  // namespace loam::test
