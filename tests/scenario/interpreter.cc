#include "tests/scenario/interpreter.h"

#include <algorithm>
#include <cstdlib>

#include "core/io/file_system.h"
#include "plugins/file_system/fault/control.h"
#include "tests/scenario/script.h"
#include "tests/scenario/tree.h"
#include "tests/support/reference.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

constexpr const char* kPath = "/store";

std::string said(const Status& status) {
  return status.ok() ? "" : "error: " + status.to_string() + "\n";
}

/// As escaped; what is empty shows.
std::string shown(Bytes bytes) { return bytes.empty() ? "\"\"" : escaped(bytes); }

Component fault_over_memory(Registry& registry) {
  return make(registry, kind::kFileSystem, "fault",
              {{"base", make(registry, kind::kFileSystem, "memory")}});
}

Options quiet_options(const std::shared_ptr<Registry>& registry, const Component& files) {
  Options options;
  options.create_if_missing = true;
  options.registry = registry;
  options.file_system = files;
  options.comparator = make(*registry, kind::kComparator, "bytewise");
  options.table.codec = make(*registry, kind::kCodec, "none");
  options.compaction.level0_file_num_compaction_trigger = 100;
  options.compaction.level0_slowdown_writes_trigger = 100;
  options.compaction.level0_stop_writes_trigger = 100;
  return options;
}

Range range_of(const std::vector<std::string>& words, std::size_t from) {
  Range range;
  if (words.size() > from) range.lower = Bound{words[from], true};
  if (words.size() > from + 1) range.upper = Bound{words[from + 1], false};
  return range;
}

std::string at_text(const Iterator& it) {
  if (it.valid()) return shown(it.key()) + "=" + shown(it.value()) + "\n";
  return it.status().ok() ? "(end)\n" : said(it.status());
}

std::string walk_text(Scan scan) {
  std::string text;
  for (const auto [key, value] : scan) {
    text += (text.empty() ? "" : " ") + shown(key) + "=" + shown(value);
  }
  if (!scan.status().ok()) return said(scan.status());
  return (text.empty() ? "(nothing)" : text) + "\n";
}

}  // namespace

const Interpreter::Named Interpreter::kCommands[] = {
    {"open", &Interpreter::open, false},
    {"reopen", &Interpreter::reopen, false},
    {"close", &Interpreter::close, true},
    {"crash", &Interpreter::crash, false},
    {"put", &Interpreter::put, true},
    {"del", &Interpreter::remove, true},
    {"batch", &Interpreter::batch, true},
    {"get", &Interpreter::get, true},
    {"scan", &Interpreter::scan, true},
    {"rscan", &Interpreter::rscan, true},
    {"snapshot", &Interpreter::snapshot, true},
    {"release", &Interpreter::release, true},
    {"iterator", &Interpreter::iterator, true},
    {"it", &Interpreter::step, true},
    {"flush", &Interpreter::flush, true},
    {"compact", &Interpreter::compact, true},
    {"flush_wal", &Interpreter::flush_wal, true},
    {"sync_wal", &Interpreter::flush_wal, true},
    {"wait", &Interpreter::wait, true},
    {"resume", &Interpreter::resume, true},
    {"tree", &Interpreter::tree, false},
    {"files", &Interpreter::files, false},
    {"property", &Interpreter::property, true},
};

Interpreter::Interpreter()
    : registry_(linked_registry()),
      files_(fault_over_memory(*registry_)),
      faults_(fault_fs::control_of(files_.self())),
      options_(quiet_options(registry_, files_)) {}

Interpreter::~Interpreter() { let_go(); }

void Interpreter::let_go() {
  iterators_.clear();
  snapshots_.clear();
  db_.reset();
}

std::string Interpreter::run(const std::string& line) {
  Words words = words_of(line);
  read_ = {};
  write_ = {};
  while (words.size() > 1 && (words.front() == "sync" || words.front() == "nolog")) {
    (words.front() == "sync" ? write_.sync : write_.disable_wal) = true;
    words.erase(words.begin());
  }
  std::string name = words.front();
  if (const auto at = name.find('@'); at != std::string::npos) {
    const auto snapshot = snapshots_.find(name.substr(at + 1));
    if (snapshot == snapshots_.end()) return "script error: no snapshot " + name + "\n";
    read_.snapshot = &snapshot->second;
    name.resize(at);
  }
  for (const Named& known : kCommands) {
    if (name != known.name) continue;
    if (known.needs_store && db_ == nullptr) return "script error: no store is open\n";
    return (this->*known.command)(words);
  }
  return "script error: no command " + name + "\n";
}

// ---- Opening and ending

bool Interpreter::set_component(const std::string& name, const std::string& value) {
  Component* place = nullptr;
  if (name == "comparator") place = &options_.comparator;
  if (name == "compaction_filter") place = &options_.compaction_filter;
  if (name == "filter") place = &options_.table.filter;
  if (name == "codec") place = &options_.table.codec;
  if (place == nullptr) return false;
  *place = make(*registry_, name, value);
  return true;
}

bool Interpreter::set_number(const std::string& name, const std::string& value) {
  const std::uint64_t number = std::strtoull(value.c_str(), nullptr, 10);
  if (name == "write_buffer_size") options_.write_buffer_size = number;
  if (name == "block_size") options_.table.block_size = number;
  if (name == "max_manifest_file_size") options_.max_manifest_file_size = number;
  if (name == "target_file_size_base") options_.compaction.target_file_size_base = number;
  if (name == "max_bytes_for_level_base") options_.compaction.max_bytes_for_level_base = number;
  if (name == "max_mem_compaction_level") {
    options_.compaction.max_mem_compaction_level = static_cast<int>(number);
  }
  if (name == "num_levels") options_.num_levels = static_cast<int>(number);
  if (name == "level0_file_num_compaction_trigger") {
    options_.compaction.level0_file_num_compaction_trigger = static_cast<int>(number);
  }
  return !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
}

std::string Interpreter::set_option(const std::string& name, const std::string& value) {
  bool* flag = nullptr;
  if (name == "wal") flag = &options_.wal.enabled;
  if (name == "manual_wal_flush") flag = &options_.wal.manual_wal_flush;
  if (name == "error_if_exists") flag = &options_.error_if_exists;
  if (name == "create_if_missing") flag = &options_.create_if_missing;
  if (flag != nullptr) {
    *flag = value == "on" || value == "true";
    return {};
  }
  if (set_component(name, value) || set_number(name, value)) return {};
  return "script error: no option " + name + "=" + value + "\n";
}

std::string Interpreter::open(const Words& words) {
  options_ = quiet_options(registry_, files_);
  return reopen(words);
}

std::string Interpreter::reopen(const Words& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    if (equals == std::string::npos) return "script error: " + words[i] + "\n";
    std::string wrong = set_option(words[i].substr(0, equals), words[i].substr(equals + 1));
    if (!wrong.empty()) return wrong;
  }
  let_go();
  auto opened = Db::open(kPath, options_);
  if (!opened.ok()) return said(opened.status());
  db_ = std::move(opened).value();
  return {};
}

std::string Interpreter::close(const Words& /*words*/) {
  iterators_.clear();
  snapshots_.clear();
  return said(db_->close());
}

/// The process ends and the power fails: what no sync covered is gone, or, with "keep", all there.
std::string Interpreter::crash(const Words& words) {
  fault_fs::CrashPlan plan{fault_fs::DataLoss::kDrop, fault_fs::NameLoss::kDrop, 1};
  if (words.size() > 1 && words[1] == "keep") {
    plan = {fault_fs::DataLoss::kKeep, fault_fs::NameLoss::kKeep, 1};
  }
  const Status status = faults_.crash(plan);
  let_go();
  return said(status) + said(faults_.restart());
}

// ---- Writing

std::string Interpreter::put(const Words& words) {
  if (words.size() != 3) return "script error: put K V\n";
  std::string value = words[2];
  if (value.front() == '*') value.assign(std::strtoull(&value[1], nullptr, 10), 'x');
  return said(db_->put(words[1], value, write_));
}

std::string Interpreter::remove(const Words& words) {
  if (words.size() != 2) return "script error: del K\n";
  return said(db_->remove(words[1], write_));
}

std::string Interpreter::batch(const Words& words) {
  WriteBatch batch;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == ";") continue;
    if (words[i] == "put" && i + 2 < words.size()) {
      batch.put(words[i + 1], words[i + 2]);
      i += 2;
    } else if (words[i] == "del" && i + 1 < words.size()) {
      batch.remove(words[++i]);
    } else {
      return "script error: batch put K V ; del K\n";
    }
  }
  return said(db_->write(batch, write_));
}

// ---- Reading

std::string Interpreter::get(const Words& words) {
  if (words.size() != 2) return "script error: get K\n";
  auto value = db_->get(words[1], read_);
  if (!value.ok()) return said(value.status());
  return (value->has_value() ? shown(**value) : "(absent)") + "\n";
}

std::string Interpreter::scan(const Words& words) {
  return walk_text(db_->scan(range_of(words, 1), read_));
}

std::string Interpreter::rscan(const Words& words) {
  return walk_text(db_->scan_reverse(range_of(words, 1), read_));
}

std::string Interpreter::snapshot(const Words& words) {
  if (words.size() != 2) return "script error: snapshot NAME\n";
  snapshots_.insert_or_assign(words[1], db_->snapshot());
  return {};
}

std::string Interpreter::release(const Words& words) {
  return words.size() == 2 && snapshots_.erase(words[1]) == 1 ? "" : "script error: release NAME\n";
}

std::string Interpreter::iterator(const Words& words) {
  if (words.size() < 2) return "script error: iterator NAME\n";
  read_.range = range_of(words, 2);
  iterators_[words[1]] = db_->new_iterator(read_);
  return {};
}

std::string Interpreter::step(const Words& words) {
  const auto found = words.size() < 3 ? iterators_.end() : iterators_.find(words[1]);
  if (found == iterators_.end()) return "script error: it NAME STEP\n";
  Iterator& it = *found->second;
  const std::string& how = words[2];
  const bool moves = how == "next" || how == "prev";
  if (moves && !it.valid()) return "script error: " + how + " from nowhere\n";
  if (how == "first") {
    it.seek_to_first();
  } else if (how == "last") {
    it.seek_to_last();
  } else if (moves) {
    how == "next" ? it.next() : it.prev();
  } else if (words.size() == 4 && how == "seek") {
    it.seek(words[3]);
  } else if (words.size() == 4 && how == "seek_for_prev") {
    it.seek_for_prev(words[3]);
  } else {
    return "script error: it NAME " + how + "\n";
  }
  return at_text(it);
}

// ---- The tree

std::string Interpreter::flush(const Words& /*words*/) { return said(db_->flush()); }

std::string Interpreter::flush_wal(const Words& words) {
  return said(words.front() == "sync_wal" ? db_->sync_wal() : db_->flush_wal(false));
}

std::string Interpreter::compact(const Words& words) {
  return said(db_->compact_range({range_of(words, 1)}));
}

std::string Interpreter::wait(const Words& /*words*/) { return said(db_->wait_for_background()); }

std::string Interpreter::resume(const Words& /*words*/) { return said(db_->resume()); }

std::string Interpreter::tree(const Words& /*words*/) { return tree_text(options_, kPath); }

std::string Interpreter::files(const Words& /*words*/) {
  auto fs = io::FileSystem::make(files_);
  if (!fs.ok()) return said(fs.status());
  auto names = fs->list(kPath);
  if (!names.ok()) return said(names.status());
  std::sort(names->begin(), names->end());
  std::string text;
  for (const std::string& name : *names) text += (text.empty() ? "" : " ") + name;
  return (text.empty() ? "(none)" : text) + "\n";
}

std::string Interpreter::property(const Words& words) {
  if (words.size() != 2) return "script error: property NAME\n";
  const auto value = db_->property("loam." + words[1]);
  return (value ? *value : "(unknown)") + "\n";
}

}  // namespace loam::test
