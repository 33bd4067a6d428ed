// A store in a program, built from a JSON stack. Its plugins are loaded when they are needed, from
// LOAM_PLUGIN_PATH or from lib/loam/plugins/abi1 beside the program's bin.
#include <cstdio>
#include <string>

#include "loam/config/stack.h"
#include "loam/db.h"

namespace {

constexpr const char* kStack = R"({
  "version": 1,
  // Small where it pays: deeper levels take zstd, level 0 and 1 are written fast.
  "components": { "codec": { "small": { "type": "zstd", "level": 6 } } },
  "store": {
    "block_cache": "8MiB",
    "default": {
      "table": { "filter": { "type": "bloom", "bits_per_key": 12 } },
      "levels": [ { "codec": "none" }, { "codec": "lz4" }, { "codec": "@small" } ],
    }
  }
})";

loam::Status run(const std::string& path) {
  loam::config::LoadOptions how;
  how.name = "stack of the sample";
  how.registry_options.load_plugins = true;
  LOAM_TRY_ASSIGN(const auto stack, loam::config::load(kStack, how));
  loam::Options options = stack.options();
  options.create_if_missing = true;
  LOAM_TRY_ASSIGN(auto db, loam::Db::open(path, options));
  LOAM_TRY(db->put("city", "Utrecht"));
  LOAM_TRY(db->flush());
  LOAM_TRY_ASSIGN(const auto city, db->get("city"));
  std::printf("city: %s\n", city ? city->c_str() : "(absent)");
  return db->close();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
    return 2;
  }
  const loam::Status status = run(argv[1]);
  // A mistake in the stack would be shown like a compiler's error, with line and column.
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.to_string().c_str());
  return status.ok() ? 0 : 1;
}
