#include "config/rules.h"

#include <map>
#include <string>

#include "config/core_options.h"
#include "config/units.h"

namespace loam::config {

namespace {

/// Depth-first walk over named components, "kind/name".
class CircleFinder {
 public:
  CircleFinder(const std::vector<Reference>& references, Diagnostics* diagnostics)
      : diagnostics_(diagnostics) {
    for (const Reference& reference : references) {
      if (!reference.from.empty()) edges_[reference.from].push_back(&reference);
    }
  }

  void run() {
    for (const auto& [name, unused] : edges_) visit(name);
  }

 private:
  enum class Mark { kNew, kOpen, kDone };

  void visit(const std::string& name) {
    if (marks_[name] == Mark::kDone) return;
    marks_[name] = Mark::kOpen;
    path_.push_back(name);
    const auto edges = edges_.find(name);
    if (edges != edges_.end()) {
      for (const Reference* edge : edges->second) follow(*edge);
    }
    path_.pop_back();
    marks_[name] = Mark::kDone;
  }

  void follow(const Reference& edge) {
    const std::string to = edge.kind + "/" + edge.to;
    if (marks_[to] == Mark::kOpen) return report_circle(edge, to);
    if (path_.size() >= kChainMax) {
      if (!too_long_) {
        diagnostics_->error(edge.where, edge.pointer,
                            {"more than " + std::to_string(kChainMax) +
                             " components refer to each other in a row"});
      }
      too_long_ = true;
      return;
    }
    visit(to);
  }

  void report_circle(const Reference& edge, const std::string& to) {
    std::string circle;
    bool inside = false;
    for (const std::string& name : path_) {
      inside |= name == to;
      if (inside) circle += bare(name) + " -> ";
    }
    diagnostics_->error(edge.where, edge.pointer,
                        {"these " + kind_words(edge.kind) +
                         "s refer to each other in a circle: " + circle + bare(to)});
  }

  static std::string bare(const std::string& name) {
    return std::string("@").append(name, name.find('/') + 1);
  }

  Diagnostics* diagnostics_;
  std::map<std::string, std::vector<const Reference*>> edges_;
  std::map<std::string, Mark> marks_;
  std::vector<std::string> path_;
  bool too_long_ = false;
};

void contradiction(const Node& root, std::string_view pointer, Finding finding,
                   Diagnostics* diagnostics) {
  const Node* node = find_at(root, pointer);
  diagnostics->error(node == nullptr ? Span{} : node->span, std::string(pointer),
                     std::move(finding));
}

/// What a place comes to, a word or an object, once references are followed; null: nothing.
const Node* written_at(const Node& root, const Node& place, std::string_view kind) {
  const Node* node = &place;
  for (int hops = 0; node != nullptr && hops < 64; ++hops) {
    if (!node->is(Node::Type::kString) || !node->text.starts_with('@')) return node;
    const Node* components = root.find("components");
    const Node* named = components == nullptr ? nullptr : components->find(kind);
    node = named == nullptr ? nullptr : named->find(node->text.substr(1));
  }
  return nullptr;
}

bool asks_for_dictionaries(const Node& codec) {
  const Node* bytes = codec.find("dictionary");
  if (bytes == nullptr) return false;
  if (bytes->is(Node::Type::kInteger)) return bytes->magnitude != 0;
  const Quantity size = parse_bytes(bytes->text);
  return size.ok && size.value != 0;
}

void check_leveldb_codec(const Node& root, const Node* place, std::string pointer,
                         Diagnostics* diagnostics) {
  const Node* codec = place == nullptr ? nullptr : written_at(root, *place, kind::kCodec);
  if (codec == nullptr) return;
  const Node* type = codec->is(Node::Type::kObject) ? codec->find("type") : codec;
  if (type == nullptr || !type->is(Node::Type::kString) || type->text == "none" ||
      type->text == "snappy") {
    return;
  }
  if (type->text != "zstd") {
    diagnostics->error(place->span, std::move(pointer),
                       {"codec \"" + type->text + "\" cannot stand in LevelDB's format",
                        "\"none\", \"snappy\" or \"zstd\""});
  } else if (codec->is(Node::Type::kObject) && asks_for_dictionaries(*codec)) {
    diagnostics->error(place->span, std::move(pointer),
                       {"LevelDB's format has no place for dictionaries",
                        "\"dictionary\": 0, or \"format\": \"loam\""});
  }
}

/// What LevelDB's format cannot express.
void check_leveldb(const Node& root, const Options& options, Diagnostics* diagnostics) {
  constexpr int kLevels = 7;
  if (options.num_levels != kLevels) {
    contradiction(root, "/store/default/num_levels",
                  {"LevelDB's format has seven levels", std::to_string(kLevels)}, diagnostics);
  }
  const std::string codec = "/store/default/table/codec";
  check_leveldb_codec(root, find_at(root, codec), codec, diagnostics);
  const Node* levels = find_at(root, kLevelsPointer);
  for (std::size_t i = 0; levels != nullptr && i < levels->items.size(); ++i) {
    check_leveldb_codec(root, levels->items[i].find("codec"),
                        child_pointer(child_pointer(std::string(kLevelsPointer), i), "codec"),
                        diagnostics);
  }
}

}  // namespace

void check_circles(const std::vector<Reference>& references, Diagnostics* diagnostics) {
  CircleFinder(references, diagnostics).run();
}

void check_contradictions(const Node& root, const Options& options, Diagnostics* diagnostics) {
  if (!options.wal.enabled && options.wal.sync != WalSync::kNever) {
    contradiction(root, "/store/wal/sync",
                  {"a log that is off cannot be synced", "\"never\", or /store/wal/enabled true"},
                  diagnostics);
  }
  if (!options.wal.enabled && options.wal.manual_wal_flush) {
    contradiction(root, "/store/wal/manual_wal_flush",
                  {"a log that is off has nothing to flush", "false, or /store/wal/enabled true"},
                  diagnostics);
  }
  if (options.rate_bytes_per_sec != 0 && options.rate_bytes_per_sec < kKiB) {
    contradiction(root, "/store/rate_bytes_per_sec",
                  {format_bytes(options.rate_bytes_per_sec) + " a second is no useful limit",
                   "0 for none, or at least \"1KiB\""},
                  diagnostics);
  }
  const CompactionOptions& c = options.compaction;
  static constexpr std::string_view kStop = "/store/default/compaction/level0_stop_writes_trigger";
  static constexpr std::string_view kSlow =
      "/store/default/compaction/level0_slowdown_writes_trigger";
  if (c.level0_slowdown_writes_trigger < c.level0_file_num_compaction_trigger) {
    contradiction(root, kSlow,
                  {std::to_string(c.level0_slowdown_writes_trigger) +
                       " is below level0_file_num_compaction_trigger",
                   "at least " + std::to_string(c.level0_file_num_compaction_trigger)},
                  diagnostics);
  }
  if (c.level0_stop_writes_trigger < c.level0_slowdown_writes_trigger) {
    contradiction(
        root, kStop,
        {std::to_string(c.level0_stop_writes_trigger) + " is below level0_slowdown_writes_trigger",
         "at least " + std::to_string(c.level0_slowdown_writes_trigger)},
        diagnostics);
  }
  if (options.format == Format::kLevelDb) check_leveldb(root, options, diagnostics);
  if (c.max_mem_compaction_level >= options.num_levels) {
    contradiction(root, "/store/default/compaction/max_mem_compaction_level",
                  {"there is no level " + std::to_string(c.max_mem_compaction_level) +
                       ", for num_levels is " + std::to_string(options.num_levels),
                   "at most " + std::to_string(options.num_levels - 1)},
                  diagnostics);
  }
  const Node* levels = find_at(root, kLevelsPointer);
  if (levels != nullptr && levels->items.size() > static_cast<std::size_t>(options.num_levels)) {
    contradiction(
        root, kLevelsPointer,
        {std::to_string(levels->items.size()) + " levels are described, and num_levels is " +
             std::to_string(options.num_levels),
         "take some out, or raise num_levels"},
        diagnostics);
  }
}

}  // namespace loam::config
