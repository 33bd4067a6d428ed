/// Db::verify: an inspection under the store's lock.
#include <utility>

#include "core/admin/inspection.h"
#include "core/admin/site.h"
#include "core/format/file_names.h"
#include "loam/db.h"

namespace loam {

Result<VerifyReport> Db::verify(const std::string& path, const Options& options,
                                const VerifyOptions& how) {
  LOAM_TRY_ASSIGN(const auto site, admin::open_site(path, options));
  LOAM_TRY_ASSIGN(const admin::Survey before, admin::survey(*site));
  // Making a LOCK would be a write; a medium that cannot be written to cannot be locked either, and
  // does not change meanwhile.
  sdk::FileLock held;
  if (before.has_lock) {
    auto lock = site->fs.lock(site->file(format::kLockName));
    if (lock.ok()) {
      held = std::move(*lock);
    } else if (lock.status().code() == Code::kBusy) {
      return std::move(lock).status().with_context("store " + site->path);
    }
  }
  return admin::Inspection(*site, how.progress).run();
}

}  // namespace loam
