/// The first eight bytes of a user key as an integer, so that byte order can be decided by one
/// comparison of registers in most cases. Only for comparators with is_bytewise().
///
/// Different heads order as their keys do; equal heads say nothing (shorter keys are padded with
/// zeros). Thread: pure functions.
#pragma once

#include <cstdint>
#include <cstring>

#include "loam/base/bytes.h"

namespace loam::format {

inline std::uint64_t key_head(Bytes user_key) {
  std::uint64_t head = 0;
  if (user_key.size() >= sizeof head) [[likely]] {
    std::memcpy(&head, user_key.data(), sizeof head);
    return __builtin_bswap64(head);
  }
  for (std::size_t i = 0; i < user_key.size(); ++i) {
    head |= std::uint64_t{static_cast<unsigned char>(user_key[i])} << (56 - 8 * i);
  }
  return head;
}

}  // namespace loam::format
