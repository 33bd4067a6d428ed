#include <dlfcn.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "bench/engine.h"
#include "bench/engines/kinds.h"

namespace loam::bench {

const std::vector<EngineKind>& engine_kinds() {
  static const std::vector<EngineKind> kinds = {
      loam_kind(),
#ifdef LOAM_BENCH_ROCKSDB
      rocksdb_kind(),
#endif
#ifdef LOAM_BENCH_LEVELDB
      leveldb_kind(),
#endif
#ifdef LOAM_BENCH_LMDB
      lmdb_kind(),
#endif
  };
  return kinds;
}

Result<EngineName> find_engine(const std::string& name) {
  const std::size_t colon = name.find(':');
  EngineName found;
  if (colon != std::string::npos) found.variant = name.substr(colon + 1);
  std::string known;
  for (const EngineKind& kind : engine_kinds()) {
    if (kind.name == name.substr(0, colon)) found.kind = &kind;
    known += " " + std::string(kind.name);
  }
  if (found.kind != nullptr && (found.variant.empty() || found.kind->name == "loam")) return found;
  return Status::invalid_argument("engine \"" + name + "\" is not built in; there are:" + known);
}

std::string assertions_of(const void* symbol) {
  Dl_info here;
  Dl_info there;
  static const int kOurs = 0;
  if (::dladdr(symbol, &there) == 0 || ::dladdr(&kOurs, &here) == 0) return "assertions unknown";
  // Linked into this program: its assertions cannot be told from those of others.
  if (there.dli_fbase == here.dli_fbase) return "assertions unknown";
  std::ifstream file(there.dli_fname, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (bytes.empty()) return "assertions unknown";
  return bytes.find("__assert_fail") == std::string::npos ? "assertions off" : "assertions on";
}

}  // namespace loam::bench
