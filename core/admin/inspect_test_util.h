/// A listing that keeps what it hears, for tests of walks over files.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/admin/inspect.h"

namespace loam::admin {

class Recorder : public Listing {
 public:
  struct Heard {
    Where where;
    std::string name;
    std::string value;  ///< numbers in decimal
    std::string meaning;
  };

  void begin(const Where& where, std::string_view what, Bytes label) override {
    groups.push_back({where, std::string(what), std::string(label), {}});
    ++depth;
  }
  void end() override { --depth; }
  void field(const Where& where, std::string_view name, const Value& value,
             std::string_view meaning) override {
    EXPECT_GT(depth, 0) << name;
    fields.push_back({where, std::string(name),
                      value.kind == Value::Kind::kBytes ? std::string(value.bytes)
                                                        : std::to_string(value.number),
                      std::string(meaning)});
  }
  void damage(const Where& where, std::string_view what) override {
    damages.push_back({where, std::string(what), {}, {}});
  }
  void remark(const Where& where, std::string_view what) override {
    remarks.push_back({where, std::string(what), {}, {}});
  }

  [[nodiscard]] std::vector<std::string> values(std::string_view name) const {
    std::vector<std::string> found;
    for (const Heard& field : fields) {
      if (field.name == name) found.push_back(field.value);
    }
    return found;
  }
  /// Labels of the groups of one kind.
  [[nodiscard]] std::vector<std::string> labels(std::string_view what) const {
    std::vector<std::string> found;
    for (const Heard& group : groups) {
      if (group.name == what) found.push_back(group.value);
    }
    return found;
  }
  [[nodiscard]] std::string damage_words() const {
    std::string words;
    for (const Heard& damage : damages) {
      words += std::to_string(damage.where.offset) + ": " + damage.name + "\n";
    }
    return words;
  }

  /// Bytes of the file that no field covers, as "begin-end"; a byte that two cover is a failure.
  [[nodiscard]] std::string uncovered(std::size_t size) const {
    std::vector<int> covers(size, 0);
    for (const Heard& field : fields) {
      if (field.where.unpacked) continue;
      for (std::uint64_t i = 0; i < field.where.size; ++i) {
        const std::uint64_t at = field.where.offset + i;
        EXPECT_LT(at, size) << field.name;
        if (at >= size) break;
        EXPECT_EQ(++covers[static_cast<std::size_t>(at)], 1) << field.name << " at " << at;
      }
    }
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
      if (covers[i] != 0) continue;
      const std::size_t begin = i;
      while (i < size && covers[i] == 0) ++i;
      text += std::to_string(begin) + "-" + std::to_string(i) + " ";
    }
    return text;
  }

  int depth = 0;
  std::vector<Heard> groups;
  std::vector<Heard> fields;
  std::vector<Heard> damages;
  std::vector<Heard> remarks;
};

inline Recorder inspected(FileKind kind, Bytes file, const InspectOptions& options = {}) {
  Recorder recorder;
  inspect(kind, file, options, recorder);
  EXPECT_EQ(recorder.depth, 0);
  return recorder;
}

/// Walks over `file` cut at every byte and with every byte flipped: each flip is damage, and no
/// walk goes wrong. Cuts may look whole where a record ends.
inline void cut_and_flip(FileKind kind, const std::string& file,
                         const InspectOptions& options = {}) {
  for (std::size_t size = 0; size < file.size(); ++size) {
    // A copy of its own, so that a sanitizer sees a read behind the end.
    const std::string cut(file, 0, size);
    (void)inspected(kind, cut, options);
  }
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (const int change : {0xff, 0x01, 0x80}) {
      std::string flipped = file;
      flipped[at] = static_cast<char>(flipped[at] ^ change);
      EXPECT_FALSE(inspected(kind, flipped, options).damages.empty()) << at << " " << change;
    }
  }
}

}  // namespace loam::admin
