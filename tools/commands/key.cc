// Keys of encrypted stores: new, show, rotate. What a key ring is, only the file system knows that
// has it; it tells by what it shows of itself (`inspect` of its component).
#include <sys/random.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/io/file_system.h"
#include "tools/cli.h"
#include "tools/open.h"
#include "tools/text/escape.h"
#include "tools/text_file.h"

namespace loam::tools {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kKeyBytes = 32;
constexpr std::string_view kKeyringName = "KEYRING";
/// The next open removes it, should this process not.
constexpr std::string_view kTouchedName = "000000.dbtmp";

Outcome make_key(Context& context, const std::string& path) {
  std::array<char, kKeyBytes> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return Status::io("the kernel gives no random bytes", errno);
  }
  std::string text;
  text.reserve(2 * bytes.size() + 1);
  text::append_hex(text, Bytes(bytes.data(), bytes.size()));
  text += '\n';
  const Status written =
      write_new_file({.path = path, .force = false, .secret = true}, text, context.output);
  explicit_bzero(bytes.data(), bytes.size());
  explicit_bzero(text.data(), text.size());
  LOAM_TRY(written);
  return ExitCode::kDone;
}

/// A file system of the store's chain that has key rings.
struct Vault {
  sdk::FileSystem fs;
  loam_component_ref component{};
};

Result<Json> inspected(loam_component_ref component) {
  if (component.component->inspect == nullptr) return Json();
  std::string text;
  loam_sink sink{sizeof(loam_sink), 0, &text, [](loam_sink* to, loam_slice bytes) noexcept {
                   static_cast<std::string*>(to->state)->append(bytes.data, bytes.size);
                   return loam_status{LOAM_OK};
                 }};
  if (component.component->inspect(component.self, &sink) != LOAM_OK) return Json();
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return json.contains("key_rings") ? json : Json();
}

Result<std::vector<Vault>> vaults_of(const Component& outermost) {
  LOAM_TRY_ASSIGN(const io::FileSystem files, io::FileSystem::make(outermost));
  std::vector<Vault> vaults;
  loam_component_ref ref = outermost.ref();
  for (sdk::FileSystem fs = files; fs.is_set(); fs = fs.base()) {
    LOAM_TRY_ASSIGN(const Json json, inspected(ref));
    if (!json.is_null()) vaults.push_back({fs, ref});
    if (fs.table()->base == nullptr) break;
    ref = fs.table()->base(fs.self());
    if (ref.component == nullptr) break;
  }
  if (vaults.empty()) {
    return Status::invalid_argument("no file system of this store's stack is encrypted");
  }
  return vaults;
}

/// `directory` and those below it that have a key ring.
Status find_rings(const Vault& vault, const std::string& directory,
                  std::vector<std::string>* found) {
  LOAM_TRY_ASSIGN(const bool has_ring, vault.fs.base().exists(io::join(directory, kKeyringName)));
  if (has_ring) found->push_back(directory);
  LOAM_TRY_ASSIGN(const std::vector<std::string> names, vault.fs.base().list(directory));
  for (const std::string& name : names) {
    const std::string path = io::join(directory, name);
    LOAM_TRY_ASSIGN(const loam_file_info info, vault.fs.base().stat(path));
    if ((info.flags & LOAM_FILE_IS_DIRECTORY) != 0) LOAM_TRY(find_rings(vault, path, found));
  }
  return {};
}

/// Whoever makes a file in a directory brings its ring under the current key first.
Status touch(const Vault& vault, const std::string& directory) {
  const std::string path = io::join(directory, kTouchedName);
  {
    LOAM_TRY_ASSIGN(sdk::AppendFile file, vault.fs.open_append(path, LOAM_APPEND_TRUNCATE));
    LOAM_TRY(file.close());
  }
  return vault.fs.remove_file(path);
}

/// The ring is read when a file of its directory is. A damaged file is no matter here, a wrong key
/// is.
Status meet(const Vault& vault, const std::string& directory) {
  LOAM_TRY_ASSIGN(const std::vector<std::string> names, vault.fs.list(directory));
  for (const std::string& name : names) {
    const auto info = vault.fs.stat(io::join(directory, name));
    if (info.status().code() == Code::kPermission) return info.status();
  }
  return {};
}

Status append_rings(Context& context, const Vault& vault) {
  LOAM_TRY_ASSIGN(const Json json, inspected(vault.component));
  for (const Json& ring : json["key_rings"]) {
    const bool is_current = ring["master_key"] == json["master_key"];
    if (context.globals.json) {
      context.output.buffer() += Json({{"kind", "key_ring"},
                                       {"directory", ring["directory"]},
                                       {"master_key", ring["master_key"]},
                                       {"current", is_current}})
                                     .dump() +
                                 "\n";
      continue;
    }
    context.output.buffer() += ring["directory"].get<std::string>() + ": under " +
                               (is_current ? "the key " : "the previous key ") +
                               ring["master_key"].get<std::string>() + "\n";
  }
  return {};
}

Outcome show(Context& context) {
  LOAM_TRY_ASSIGN(const Options options, store_options(context.globals));
  LOAM_TRY_ASSIGN(const std::vector<Vault> vaults, vaults_of(options.file_system));
  for (const Vault& vault : vaults) {
    std::vector<std::string> directories;
    LOAM_TRY(find_rings(vault, context.globals.store, &directories));
    for (const std::string& directory : directories) LOAM_TRY(meet(vault, directory));
    LOAM_TRY(append_rings(context, vault));
  }
  return ExitCode::kDone;
}

Outcome rotate(Context& context) {
  LOAM_TRY_ASSIGN(const Component files, adopted_file_system(context.globals));
  LOAM_TRY_ASSIGN(const std::vector<Vault> vaults, vaults_of(files));
  const std::string& store = context.globals.store;
  LOAM_TRY_ASSIGN(const sdk::FileLock lock, vaults.front().fs.lock(io::join(store, "LOCK")));
  for (const Vault& vault : vaults) {
    std::vector<std::string> directories;
    LOAM_TRY(find_rings(vault, store, &directories));
    if (directories.empty()) return Status::not_found(store + " has no key ring");
    for (const std::string& directory : directories) LOAM_TRY(touch(vault, directory));
    LOAM_TRY(append_rings(context, vault));
  }
  return ExitCode::kDone;
}

}  // namespace

void add_key(CLI::App& parent, Context& context) {
  CLI::App* key = parent.add_subcommand("key", "Keys of encrypted stores: made, shown, replaced");
  key->require_subcommand(1);
  key->footer(
      "Examples:\n  loam key new /run/secrets/loam.key\n"
      "  loam --store db --stack stack.json key rotate");
  auto path = std::make_shared<std::string>();
  add_verb(*key, context, "new",
           "Make a key file: 64 random hexadecimal digits, for its owner alone",
           "  loam key new /run/secrets/loam.key\n"
           "A file that is there is never replaced. Who loses the key loses the store.",
           [&context, path] { return make_key(context, *path); })
      ->add_option("FILE", *path, "Where to")
      ->required();
  add_verb(*key, context, "show", "The key rings of a store, and which key each is under",
           "  loam --store db key show\nIds are shown, never keys.",
           [&context] { return show(context); });
  add_verb(
      *key, context, "rotate", "Put a store that nobody has open under another key",
      "  loam --store db --stack stack.json key rotate\n"
      "The stack has the new key as \"key\" and the old one as \"previous_key\". Key rings are\n"
      "replaced, and no data; the store remembers the stack. Cut short, it is run again.",
      [&context] { return rotate(context); });
}

}  // namespace loam::tools
