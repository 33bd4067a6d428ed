/// What the laws of the file_system kind share: expectations as Status, and whole files at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sdk/conformance/file_system.h"

namespace loam::conformance {

/// OK when `holds`, else an internal error that says `what`.
Status expect(bool holds, const std::string& what);
/// OK when `status` failed with `code` and, for a non-empty `path`, names it.
Status expect_code(const Status& status, Code code, const std::string& path);
/// OK when both are the same bytes; else says where they differ.
Status expect_bytes(Bytes found, Bytes expected, const std::string& what);

/// `size` bytes that differ for each `seed` and hardly repeat.
std::string pattern(std::size_t size, std::uint64_t seed);

Status write_file(const FileSystemPlace& place, const std::string& name, Bytes contents);
Result<std::string> read_file(const FileSystemPlace& place, const std::string& name);
Status expect_contents(const FileSystemPlace& place, const std::string& name, Bytes expected);

/// The laws, by the file that has them.
std::span<const FileSystemLaw> file_system_name_laws();
std::span<const FileSystemLaw> file_system_data_laws();
std::span<const FileSystemLaw> file_system_reserve_laws();

}  // namespace loam::conformance
