#include "core/engine/read_only_db.h"

namespace loam::engine {
namespace {

Status refused(const Store& store, const char* what) {
  if (store.closing) return Status::aborted("the store is closed");
  return Status::not_supported("store " + store.path + " is open to be read only: no " + what);
}

}  // namespace

Status ReadOnlyDb::write(const WriteBatch& /*batch*/, const WriteOptions& /*options*/) {
  return refused(*store_, "writes");
}
Status ReadOnlyDb::flush_wal(bool /*sync*/) { return refused(*store_, "flush of the log"); }
Status ReadOnlyDb::switch_memtable() { return refused(*store_, "other memtable"); }
Status ReadOnlyDb::flush(bool /*wait*/) { return refused(*store_, "flush"); }
Status ReadOnlyDb::compact_range(const CompactOptions& /*options*/) {
  return refused(*store_, "compaction");
}
Status ReadOnlyDb::reconfigure(const std::function<void(Options&)>& /*edit*/,
                               const ReconfigureOptions& /*how*/) {
  return refused(*store_, "change of options");
}
Status ReadOnlyDb::resume() { return refused(*store_, "resume"); }

Status ReadOnlyDb::close() {
  store_->closing = true;
  return {};
}

}  // namespace loam::engine
