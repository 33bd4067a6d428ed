/// Passing the versions of one user key in a walk that has no better way than to look at each.
///
/// Thread: confined to the iterator's.
#pragma once

#include <string>

#include "core/format/internal_iterator.h"
#include "core/format/internal_key.h"

namespace loam::format {

/// Entries of one key that are passed one by one before a seek jumps over the rest.
inline constexpr int kStepsBeforeSeek = 16;

/// Trailers that sort before, and behind, all entries of a user key.
inline constexpr std::uint64_t kBeforeAll = pack(kSequenceMax, ValueType::kSeek);
inline constexpr std::uint64_t kBehindAll = pack(0, ValueType::kDelete);

/// What next_user() promises, by next() and seek(). `user`: scratch. Requires: it.valid().
inline void pass_versions(InternalIterator& it, const InternalOrder& order, std::string& user) {
  user.assign(user_key(it.key()));
  for (int steps = 0;; ++steps) {
    if (steps == kStepsBeforeSeek) {
      append_fixed(user, kBehindAll);
      it.seek(user);
      user.resize(user.size() - kTrailerSize);
    } else {
      it.next();
    }
    if (!it.valid() || !order.user().equal(user_key(it.key()), user)) return;
  }
}

}  // namespace loam::format
