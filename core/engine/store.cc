#include "core/engine/store.h"

namespace loam::engine {

compact::JobContext job_context(Store& store, const Options& options) {
  compact::JobContext context;
  context.fs = store.fs;
  context.path = store.path;
  context.options = &options;
  context.environment = store.environment;
  context.order = &*store.order;
  context.tables = store.tables.get();
  context.versions = store.versions.get();
  context.trash = store.janitor;
  context.cancel = &store.closing;
  context.limiter = &*store.limiter;
  return context;
}

}  // namespace loam::engine
