/// What a file's name says about it. The store's files have fixed forms, and three classes differ:
///
/// - bound names (000012.ldb, 000007.log, MANIFEST-000003): the store never renames them, so a file
///   found under another such name was put there by somebody else;
/// - complete names (*.ldb, *.sst): nobody looks at them before they are finished, so one without
///   its final mark was cut;
/// - reserved names: the key ring's and drafts, hidden from users; and plain names (LOCK,
///   STACK), which never pass through it.
///
/// Thread: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace loam::encrypted_fs {

inline constexpr std::string_view kKeyringName = "KEYRING";
inline constexpr std::string_view kKeyringDraft = "KEYRING.new";
inline constexpr std::string_view kKeyringLock = "KEYRING.lock";
/// A file that is being copied to go on under another key.
inline constexpr std::string_view kCopyDraft = "KEYRING.copy";

/// "." for a path without a slash, "/" for those right below the root.
std::string directory_of(const std::string& path);
std::string_view base_name(std::string_view path);
std::string join(const std::string& directory, std::string_view name);

bool is_reserved(std::string_view name);
bool is_plain(std::string_view name);
bool is_complete(std::string_view name);
/// True when a file begun as `written` may be opened as `name`.
bool may_be_called(std::string_view written, std::string_view name);

}  // namespace loam::encrypted_fs
