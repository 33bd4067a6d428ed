#include "plugins/file_system/fault/outcome.h"

#include <algorithm>
#include <utility>

namespace loam::fault_fs {
namespace {

/// `unit` bytes at `from`; behind the end of the file everything is zero.
std::string page_of(const std::string& file, std::size_t from, std::size_t unit) {
  std::string page = from < file.size() ? file.substr(from, unit) : std::string();
  page.resize(unit, '\0');
  return page;
}

/// The page as written, or with only its beginning or only its end written.
std::string maybe_torn(std::string written, const std::string& old, Random& random) {
  if (random.below(4) != 0) return written;
  std::size_t at = random.below(kPageBytes);
  bool keeps_beginning = random.coin();
  std::size_t from = keeps_beginning ? at : 0;
  std::size_t size = keeps_beginning ? kPageBytes - at : at;
  return written.replace(from, size, old, from, size);
}

/// Of pages, which may be torn, or of sectors, which a disk writes whole.
std::string any_of(std::size_t unit, const std::string& durable, const std::string& current,
                   Random& random) {
  std::string left = durable;
  std::size_t survived_end = durable.size();
  for (std::size_t from = 0; from < current.size(); from += unit) {
    std::string old = page_of(durable, from, unit);
    std::string written = page_of(current, from, unit);
    if (old == written || random.coin()) continue;
    std::size_t end = std::min(from + unit, current.size());
    if (left.size() < end) left.resize(end, '\0');
    if (unit == kPageBytes) written = maybe_torn(std::move(written), old, random);
    left.replace(from, end - from, written, 0, end - from);
    survived_end = std::max(survived_end, end);
  }
  // The size may have reached the disk without the pages.
  if (random.coin()) survived_end = std::max(survived_end, current.size());
  left.resize(survived_end, '\0');
  return left;
}

std::string torn(const std::string& durable, const FileContents& file, Random& random) {
  if (file.current.size() <= durable.size()) return durable;
  std::size_t unsynced = file.current.size() - durable.size();
  return durable + file.current.substr(durable.size(), random.below(unsynced + 1));
}

}  // namespace

void FileContents::empty() {
  current.clear();
  clean_size = 0;
  allocated = 0;
  is_replaced = true;
}

void FileContents::sync() {
  if (is_replaced) durable.clear();
  is_replaced = false;
  if (clean_size < current.size()) {
    durable.resize(std::max(durable.size(), clean_size), '\0');
    durable.resize(clean_size);
    durable.append(current, clean_size, std::string::npos);
  }
  clean_size = current.size();
}

void FileContents::lose() { clean_size = current.size(); }

void FileContents::drop() {
  lose();
  std::string left = is_replaced ? std::string() : durable.substr(0, current.size());
  left.resize(current.size(), '\0');
  current = std::move(left);
}

std::string outcome_of(const FileContents& file, DataLoss loss, Random random) {
  if (loss == DataLoss::kRandom) {
    constexpr DataLoss kAll[] = {DataLoss::kDrop, DataLoss::kKeep, DataLoss::kTorn,
                                 DataLoss::kPages};
    loss = kAll[random.below(std::size(kAll))];
  }
  std::string durable = file.durable;
  if (file.is_replaced && loss != DataLoss::kDrop && loss != DataLoss::kKeep) {
    if (random.coin()) return durable;  // the emptying itself was lost
    durable.clear();
  }
  std::string left;
  switch (loss) {
    case DataLoss::kRandom:
    case DataLoss::kDrop: left = durable; break;
    case DataLoss::kKeep: left = file.current; break;
    case DataLoss::kTorn: left = torn(durable, file, random); break;
    case DataLoss::kPages: left = any_of(kPageBytes, durable, file.current, random); break;
    case DataLoss::kSectors: left = any_of(kSectorBytes, durable, file.current, random); break;
  }
  if (left.size() < file.allocated && random.coin()) left.resize(file.allocated, '\0');
  return left;
}

}  // namespace loam::fault_fs
