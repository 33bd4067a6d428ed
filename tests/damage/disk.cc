#include "tests/damage/disk.h"

#include <stdexcept>
#include <utility>

#include "core/format/file_names.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

constexpr char kPath[] = "/store";
constexpr std::uint64_t kFileBytesMax = kMiB;

void must(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.to_string());
}

/// One for all disks: the plugins stay the same.
Registry& registry() {
  static const std::shared_ptr<Registry> all = linked_registry();
  return *all;
}

bool is_state(const std::string& name) {
  return name != format::kLockName && name != format::kInfoLogName &&
         name != format::kOldInfoLogName;
}

}  // namespace

Disk::Disk() : options(tiny_options()) {
  options.registry = std::shared_ptr<Registry>(std::shared_ptr<void>(), &registry());
  options.environment = &environment_;
  options.comparator = make(registry(), kind::kComparator, "bytewise");
  options.table.codec = make(registry(), kind::kCodec, "lz4");
  options.table.filter = make(registry(), kind::kFilter, "bloom");
  options.table.block_size = 256;
  options.block_cache_size = 64 * kKiB;
  options.write_buffer_size = 4 * kMiB;  // rotations happen when the test says so
  options.max_write_buffer_number = 8;
  // No window for the log: it costs a mebibyte a time, and a file's end is then its last record.
  options.file_system =
      make(registry(), kind::kFileSystem, "fault",
           {{"base", make(registry(), kind::kFileSystem, "memory")}, {"windows", false}});
  auto made = io::FileSystem::make(options.file_system);
  must(made.status());
  files_ = std::move(made).value();
}

Disk::Disk(const Image& image) : Disk() {
  must(files_.make_directory(kPath));
  for (const auto& [name, bytes] : image) {
    auto file = files_.open_append(io::join(kPath, name), LOAM_APPEND_CREATE_NEW);
    must(file.status());
    must(file->write(bytes));
    must(file->close());
  }
}

Disk::~Disk() { db_.reset(); }

Status Disk::open() {
  auto opened = Db::open(kPath, options);
  if (!opened.ok()) return std::move(opened).status();
  db_ = std::move(opened).value();
  return {};
}

Status Disk::close() {
  Status status = db_->close();
  db_.reset();
  return status;
}

Image Disk::image() {
  Image image;
  add_files(kPath, "", image);
  return image;
}

void Disk::add_files(const std::string& directory, const std::string& prefix, Image& image) {
  auto names = files_.list(directory);
  must(names.status());
  for (const std::string& name : *names) {
    if (!is_state(name)) continue;
    const std::string path = io::join(directory, name);
    if (name == format::kLostName) {
      add_files(path, name + "/", image);
      continue;
    }
    auto bytes = io::read_whole_file(files_, path, kFileBytesMax);
    must(bytes.status());
    image.emplace(prefix + name, std::move(bytes).value());
  }
}

}  // namespace loam::test
