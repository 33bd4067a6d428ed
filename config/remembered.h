/// What a store remembers of its stack: DIR/STACK and STACK.full.
///
/// STACK is plain JSON through the innermost file system: {"version": 1, "format": "loam",
/// "file_system": {...}, "chain": [...], "plugins": [{"id", "version"}]}. `chain` names what a
/// reader must not change: the identities of file systems that shape bytes, and the innermost one's
/// name. STACK.full is the effective document, through the store's own file system. Both are
/// replaced whole: temporary, sync, rename, directory sync.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/node.h"
#include "config/stack_data.h"
#include "loam/base/status.h"
#include "loam/plugins.h"

namespace loam::config {

inline constexpr std::string_view kShortStackName = "STACK";
inline constexpr std::string_view kFullStackName = "STACK.full";

struct ShortStack {
  std::string file_system;  // JSON of the component
  std::vector<std::string> chain;
};

/// Absent: the store remembers nothing, or there is no store. Fails: kCorruption, kNotSupported for
/// what a newer Loam wrote, kIo.
Result<std::optional<ShortStack>> read_short_stack(const Component& innermost,
                                                   const std::string& store);
/// The text of STACK.full. Absent: none.
Result<std::optional<std::string>> read_full_stack(const Component& file_system,
                                                   const std::string& store);

/// Makes the store remember. Writes only what differs from what is there. STACK goes first: what
/// can be read by it is never less than STACK.full needs.
Status remember(const StackData& stack, const std::string& store);

/// Before a change takes effect: STACK comes to cover both stacks, then STACK.full is replaced, and
/// that rename is the moment of the change. A failure leaves what was remembered, or says that it
/// cannot. Afterwards remember() of the new stack narrows STACK again.
Status remember_change(const StackData& before, const StackData& after, const std::string& store);

std::vector<std::string> chain_of(const std::vector<Component>& file_systems);

/// One line for each difference that matters to data already written. `full` is the remembered
/// document's text; what cannot be read of it is one line too.
std::vector<std::string> differences(const StackData& stack, const std::string& full);

}  // namespace loam::config
