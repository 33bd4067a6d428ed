/// Listing: where a walk over a file tells what it finds, field by field, each with its place.
///
/// Walks (inspect.h) know the formats and nothing of output; whoever prints knows no format. A
/// listing is a sequence of groups (a record, a block, an entry in it), which may lie in each
/// other, with fields, remarks and damage between their begin and end.
///
/// Thread: confined. Ownership: views are valid for the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/coding.h"
#include "loam/base/bytes.h"

namespace loam::admin {

/// A place in the file; `unpacked`: in the decompressed contents of the block around it.
struct Where {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  bool unpacked = false;
};

struct Value {
  enum class Kind : std::uint8_t {
    kNumber,
    kBits,   ///< a checksum or the like: a number that is written in hex
    kBytes,  ///< may hold anything
  };
  Kind kind = Kind::kNumber;
  std::uint64_t number = 0;
  Bytes bytes;

  static Value of_number(std::uint64_t number) { return {Kind::kNumber, number, {}}; }
  static Value of_bits(std::uint64_t number) { return {Kind::kBits, number, {}}; }
  static Value of_bytes(Bytes bytes) { return {Kind::kBytes, 0, bytes}; }
};

class Listing {
 public:
  virtual ~Listing() = default;
  /// `label` tells groups of one kind apart: a fragment's type, an entry's user key. May be empty.
  virtual void begin(const Where& where, std::string_view what, Bytes label) = 0;
  virtual void end() = 0;
  /// `meaning` says in words what the value stands for; may be empty.
  virtual void field(const Where& where, std::string_view name, const Value& value,
                     std::string_view meaning) = 0;
  /// Something is not as the format says.
  virtual void damage(const Where& where, std::string_view what) = 0;
  /// Nothing is wrong, and yet there is something to say.
  virtual void remark(const Where& where, std::string_view what) = 0;
};

/// Keeps nothing but whether there was damage: for a look ahead.
class SilentListing : public Listing {
 public:
  void begin(const Where&, std::string_view, Bytes) override {}
  void end() override {}
  void field(const Where&, std::string_view, const Value&, std::string_view) override {}
  void damage(const Where&, std::string_view) override { damaged_ = true; }
  void remark(const Where&, std::string_view) override {}
  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  bool damaged_ = false;
};

/// A group for as long as it lives.
class Group {
 public:
  Group(Listing& out, const Where& where, std::string_view what, Bytes label = {}) : out_(out) {
    out.begin(where, what, label);
  }
  ~Group() { out_.end(); }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

 private:
  Listing& out_;
};

/// Where each byte of a run of bytes lies: in one piece of the file, in several (a record of many
/// fragments), or in unpacked contents.
class Place {
 public:
  static Place in_file(std::uint64_t offset);
  static Place unpacked();
  static Place in_pieces() { return {}; }
  /// From `at` of the run on, bytes lie from `offset` of the file on. Requires: ascending `at`.
  void add_piece(std::size_t at, std::uint64_t offset) { pieces_.emplace_back(at, offset); }
  [[nodiscard]] Where at(std::size_t at, std::size_t size) const;

 private:
  std::vector<std::pair<std::size_t, std::uint64_t>> pieces_;
  bool unpacked_ = false;
};

using Meaning = std::function<std::string(std::uint64_t value)>;

/// Takes fields off the front of a run of bytes and lists them. Whatever is cut off or malformed is
/// listed as damage, takes all that is left, and answers false.
class Cursor {
 public:
  Cursor(Listing& out, Bytes bytes, const Place& place)
      : out_(&out), bytes_(bytes), place_(&place), end_(bytes.size()) {}

  [[nodiscard]] bool done() const { return at_ == end_; }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] std::size_t left() const { return end_ - at_; }
  [[nodiscard]] Bytes rest() const { return bytes_.substr(at_, left()); }
  /// The place of the next `size` bytes, and of those from `at` on.
  [[nodiscard]] Where here(std::size_t size) const { return place_->at(at_, size); }
  [[nodiscard]] Where from(std::size_t at) const { return place_->at(at, at_ - at); }
  [[nodiscard]] Listing& out() const { return *out_; }
  /// A cursor over the next `size` bytes; this one steps behind them. Requires: size <= left().
  Cursor part(std::size_t size);

  template <class T>
  bool fixed(std::string_view name, T& value, const Meaning& meaning = {}) {
    return take_fixed_field(name, value, Value::Kind::kNumber, meaning);
  }
  template <class T>
  bool bits(std::string_view name, T& value, const Meaning& meaning = {}) {
    return take_fixed_field(name, value, Value::Kind::kBits, meaning);
  }
  bool varint(std::string_view name, std::uint64_t& value, const Meaning& meaning = {});
  bool bytes(std::size_t size, std::string_view name, Bytes& value, std::string_view meaning = {});
  /// Two fields: "NAME size", NAME.
  bool prefixed(std::string_view name, Bytes& value);
  /// Lists what is left as damage. Always false.
  bool damaged(std::string_view what);

 private:
  template <class T>
  bool take_fixed_field(std::string_view name, T& value, Value::Kind kind, const Meaning& meaning) {
    if (left() < sizeof(T)) return cut_off(name);
    value = get_fixed<T>(bytes_.data() + at_);
    list(sizeof(T), name, {kind, value, {}}, meaning);
    return true;
  }
  bool cut_off(std::string_view name);
  void list(std::size_t size, std::string_view name, const Value& value, const Meaning& meaning);

  Listing* out_;
  Bytes bytes_;
  const Place* place_;
  std::size_t at_ = 0;
  std::size_t end_;
};

}  // namespace loam::admin
