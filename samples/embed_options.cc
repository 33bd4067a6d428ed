// A store in a program, in plain C++: no JSON, no plugin loading. The plugins are linked in (see
// CMakeLists.txt: loam_link_plugins), and Options says which to use.
#include <cstdio>
#include <string>

#include "loam/db.h"

namespace {

loam::Status run(const std::string& path) {
  LOAM_TRY_ASSIGN(auto registry, loam::Registry::create());
  loam::Options options;
  options.create_if_missing = true;
  options.registry = registry;
  LOAM_TRY_ASSIGN(options.table.codec,
                  registry->create(loam::kind::kCodec, "zstd", {{"level", loam::setting(6)}}));
  LOAM_TRY_ASSIGN(options.table.filter, registry->create(loam::kind::kFilter, "bloom"));
  LOAM_TRY_ASSIGN(auto db, loam::Db::open(path, options));

  LOAM_TRY(db->put("apple", "red"));
  LOAM_TRY(db->put("banana", "yellow"));
  LOAM_TRY(db->put("cherry", "dark red", {.sync = true}));  // survives a power cut, as all before
  LOAM_TRY(db->remove("banana"));

  LOAM_TRY_ASSIGN(const auto banana, db->get("banana"));  // absence is an answer, not an error
  std::printf("banana is %s\n", banana ? banana->c_str() : "gone");

  auto scan = db->scan(loam::Range::from("a"));
  for (const auto [key, value] : scan) {
    std::printf("%s: %s\n", std::string(key).c_str(), std::string(value).c_str());
  }
  LOAM_TRY(scan.status());
  return db->close();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
    return 2;
  }
  const loam::Status status = run(argv[1]);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.to_string().c_str());
  return status.ok() ? 0 : 1;
}
