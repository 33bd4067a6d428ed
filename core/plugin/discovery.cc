#include "core/plugin/discovery.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "core/plugin/elf_note.h"
#include "core/plugin/trust.h"

namespace loam::plugin {
namespace {

constexpr std::string_view kSuffix = ".loam.so";
constexpr std::string_view kSidecarSuffix = ".manifest";

/// The sidecar's text, or nothing when there is none.
Result<std::optional<std::string>> read_sidecar(const std::string& path) {
  auto file = FileSource::open(path);
  if (!file.ok()) {
    if (file.status().code() == Code::kNotFound) return std::optional<std::string>();
    return std::move(file).status();
  }
  if (file->size() > kManifestBytesMax) {
    return Status::corruption(path + ": expected at most " + std::to_string(kManifestBytesMax) +
                              " bytes, found " + std::to_string(file->size()));
  }
  std::string text(file->size(), '\0');
  LOAM_TRY(file->read(0, MutableBytes(text.data(), text.size())));
  return std::optional<std::string>(std::move(text));
}

Result<Manifest> read_manifest(const std::string& path) {
  LOAM_TRY_ASSIGN(const FileSource file, FileSource::open(path));
  LOAM_TRY_ASSIGN(std::optional<std::string> text, read_loam_note(file.source()));
  const std::string sidecar = path + std::string(kSidecarSuffix);
  if (!text.has_value()) {
    LOAM_TRY_ASSIGN(text, read_sidecar(sidecar));
  }
  if (!text.has_value()) {
    return Status::not_supported("expected a " LOAM_NOTE_SECTION " note or a file " + sidecar +
                                 ", found neither");
  }
  return parse_manifest(*text);
}

Status fill(Candidate& candidate) {
  LOAM_TRY_ASSIGN(candidate.real_path, real_path(candidate.path));
  LOAM_TRY(check_trusted(candidate.real_path));
  if (!candidate.sha256.empty()) LOAM_TRY(check_sha256(candidate.real_path, candidate.sha256));
  LOAM_TRY_ASSIGN(candidate.manifest, read_manifest(candidate.real_path));
  return check_abi(candidate.manifest);
}

void add_path_list(const char* list, std::vector<std::string>& directories) {
  if (list == nullptr) return;
  std::string_view rest = list;
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string_view one = rest.substr(0, colon);
    // A relative entry would mean the working directory.
    if (one.starts_with('/')) directories.emplace_back(one);
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  }
}

/// PREFIX/lib/loam/plugins/abi1 when the program is PREFIX/bin/x; empty when nobody knows.
std::string directory_beside_program() {
  auto program = real_path("/proc/self/exe");
  if (!program.ok()) return {};
  const auto prefix = std::filesystem::path(*program).parent_path().parent_path();
  return (prefix / "lib/loam/plugins" / ("abi" + std::to_string(LOAM_ABI_MAJOR))).string();
}

}  // namespace

std::vector<std::string> plugin_directories(const RegistryOptions& options) {
  std::vector<std::string> directories = options.search_paths;
  add_path_list(::secure_getenv("LOAM_PLUGIN_PATH"), directories);
  if (std::string beside = directory_beside_program(); !beside.empty()) {
    directories.push_back(std::move(beside));
  }
#ifdef LOAM_INSTALLED_PLUGIN_DIR
  directories.emplace_back(LOAM_INSTALLED_PLUGIN_DIR);
#endif
  std::vector<std::string> once;
  for (std::string& directory : directories) {
    if (std::find(once.begin(), once.end(), directory) == once.end()) {
      once.push_back(std::move(directory));
    }
  }
  return once;
}

Candidate examine(const std::string& path, const std::string& sha256) {
  Candidate candidate;
  candidate.path = path;
  candidate.sha256 = sha256;
  candidate.status = fill(candidate);
  return candidate;
}

std::vector<Candidate> examine_directory(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    std::string name = at->path().filename().string();
    if (name.size() > kSuffix.size() && name.ends_with(kSuffix)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  std::vector<Candidate> candidates;
  for (const std::string& name : names) {
    candidates.push_back(examine((std::filesystem::path(directory) / name).string()));
  }
  return candidates;
}

}  // namespace loam::plugin
