// Comparator "tuple": keys are fields one behind the other, each ascending or descending: what the
// README specifies, which is the order that files were written in.
//
// A key is read field by field. One that ends inside a field, or holds no terminator where there
// should be one, comes before all keys that have the field, whatever its direction; of two such
// keys the rest decides, by bytes. What lies behind the last field decides last, by bytes. Each
// step orders all rests of keys, so the whole is a total order of all keys; where fields are equal
// their bytes are, so different bytes are different keys. Thread: immutable.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loam/sdk.h"

namespace {

namespace sdk = loam::sdk;

enum class Type { kUint, kInt, kBytes, kText };
enum class Direction { kAscending, kDescending };
enum class ByteOrder { kBig, kLittle };

constexpr std::uint32_t kIntegerBytesMax = 8;
constexpr std::uint32_t kFieldBytesMax = 1024;

struct Field {
  Type type = Type::kUint;
  std::uint32_t size = 0;
  Direction order = Direction::kAscending;
  ByteOrder byte_order = ByteOrder::kBig;
  std::uint32_t terminator = 0;

  static consteval auto describe() {
    return sdk::options(
        sdk::opt("type", &Field::type)
            .one_of("uint", "int", "bytes", "text")
            .required()
            .doc("an unsigned or two's complement integer, so many bytes, or bytes up to a "
                 "terminator"),
        sdk::opt("size", &Field::size)
            .range(0, kFieldBytesMax)
            .doc("bytes that the field takes: 1 to 8 of integers, any number of bytes; text has "
                 "none"),
        sdk::opt("order", &Field::order).one_of("ascending", "descending").doc("of this field"),
        sdk::opt("byte_order", &Field::byte_order)
            .one_of("big", "little")
            .doc("of integers: where the byte of the highest value stands, first or last"),
        sdk::opt("terminator", &Field::terminator)
            .range(0, 255)
            .doc("the byte behind a text, which no text holds"));
  }
};

loam::Status wrong(std::size_t index, const char* member, const std::string& why) {
  const std::string at = "/fields/" + std::to_string(index) + "/" + member;
  return loam::Status::invalid_argument("option \"fields\", entry " + std::to_string(index + 1) +
                                        ": " + why)
      .with_pointer(at);
}

loam::Status check(const std::vector<Field>& fields) {
  if (fields.empty()) {
    return loam::Status::invalid_argument("option \"fields\" names no field")
        .with_pointer("/fields");
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Field& f = fields[i];
    const bool integer = f.type == Type::kUint || f.type == Type::kInt;
    if (f.type == Type::kText) {
      if (f.size != 0) return wrong(i, "size", "a text has no size, it ends with its terminator");
    } else if (f.size == 0) {
      return wrong(i, "size", "\"size\" is required for what is no text");
    }
    if (integer && f.size > kIntegerBytesMax) {
      return wrong(i, "size", "integers have 1 to 8 bytes, found " + std::to_string(f.size));
    }
    if (!integer && f.byte_order != ByteOrder::kBig) {
      return wrong(i, "byte_order", "only integers have a byte order");
    }
    if (f.type != Type::kText && f.terminator != 0) {
      return wrong(i, "terminator", "only a text has a terminator");
    }
  }
  return {};
}

constexpr std::size_t kNone = Bytes::npos;

/// How many bytes of `rest` the field takes; kNone: it is not there.
std::size_t width_of(const Field& field, Bytes rest) noexcept {
  if (field.type != Type::kText) return rest.size() < field.size ? kNone : field.size;
  const std::size_t end = rest.find(static_cast<char>(field.terminator));
  return end == Bytes::npos ? kNone : end + 1;
}

std::uint64_t integer_of(const Field& field, Bytes bytes) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < field.size; ++i) {
    const std::size_t at = field.byte_order == ByteOrder::kBig ? i : field.size - 1 - i;
    value = value << 8 | static_cast<unsigned char>(bytes[at]);
  }
  // The sign bit turned over, negative numbers lie below the others.
  return field.type == Type::kInt ? value ^ (std::uint64_t{1} << (8 * field.size - 1)) : value;
}

std::string bytes_of(const Field& field, std::uint64_t value) {
  if (field.type == Type::kInt) value ^= std::uint64_t{1} << (8 * field.size - 1);
  std::string bytes(field.size, '\0');
  for (std::size_t i = 0; i < field.size; ++i) {
    const std::size_t at = field.byte_order == ByteOrder::kLittle ? i : field.size - 1 - i;
    bytes[at] = static_cast<char>(value >> (8 * i));
  }
  return bytes;
}

/// Both hold a whole field of this kind; a text's views end before the terminator.
int compare_field(const Field& field, Bytes a, Bytes b) noexcept {
  int sign = 0;
  if (field.type == Type::kUint || field.type == Type::kInt) {
    const std::uint64_t x = integer_of(field, a);
    const std::uint64_t y = integer_of(field, b);
    sign = x == y ? 0 : (x < y ? -1 : 1);
  } else {
    sign = a.compare(b);
  }
  return field.order == Direction::kAscending ? sign : (sign < 0 ? 1 : (sign > 0 ? -1 : 0));
}

Bytes value_of(const Field& field, Bytes rest, std::size_t width) noexcept {
  return rest.substr(0, field.type == Type::kText ? width - 1 : width);
}

/// What a field may be changed to that lies behind it in its order: the next integer, or as much of
/// it as tells it from `limit`. Empty: nothing is known.
std::string step(const Field& field, Bytes value, Bytes limit) {
  const bool up = field.order == Direction::kAscending;
  if (field.type == Type::kUint || field.type == Type::kInt) {
    const std::uint64_t x = integer_of(field, value);
    const std::uint64_t most =
        field.size == 8 ? UINT64_MAX : (std::uint64_t{1} << 8 * field.size) - 1;
    if (x == (up ? most : 0)) return {};
    return bytes_of(field, up ? x + 1 : x - 1);
  }
  if (field.type != Type::kText || value.empty()) return {};
  const auto ends = std::mismatch(value.begin(), value.end(), limit.begin(), limit.end());
  const auto common = static_cast<std::size_t>(ends.first - value.begin());
  std::string shorter(value.substr(0, common + 1));
  if (up && !shorter.empty()) shorter.back() = static_cast<char>(shorter.back() + 1);
  if (shorter.find(static_cast<char>(field.terminator)) != std::string::npos) return {};
  return shorter + static_cast<char>(field.terminator);
}

struct Tuple {
  static constexpr auto kName = "tuple";
  static constexpr auto kPersistentId = "loam.tuple/1";
  static constexpr auto kSummary = "keys as fields one behind the other, each up or down";
  static constexpr std::uint32_t kProperties = LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL;

  struct Options {
    std::vector<Field> fields;
  };
  static consteval auto describe() {
    return sdk::options(sdk::opt("fields", &Options::fields)
                            .required()
                            .items_max(16)
                            .shapes_bytes()
                            .doc("what a key is made of, from its first byte on"));
  }

  explicit Tuple(Options options) : fields_(std::move(options.fields)) {
    loam::Status status = check(fields_);
    if (!status.ok()) throw sdk::Failure(std::move(status));
  }

  int compare(Bytes a, Bytes b) const noexcept {
    for (const Field& field : fields_) {
      const std::size_t m = width_of(field, a);
      const std::size_t n = width_of(field, b);
      if (m == kNone || n == kNone) {
        if (m == n) break;
        return m == kNone ? -1 : 1;
      }
      const int order = compare_field(field, value_of(field, a, m), value_of(field, b, n));
      if (order != 0) return order;
      a.remove_prefix(m);
      b.remove_prefix(n);
    }
    return a.compare(b);
  }

  /// The first field that differs, moved on by a step, and nothing behind it: the key then ends
  /// where others have their next field, and so comes first among them.
  std::string shortest_separator(Bytes start, Bytes limit) const {
    Bytes a = start;
    Bytes b = limit;
    for (const Field& field : fields_) {
      const std::size_t m = width_of(field, a);
      const std::size_t n = width_of(field, b);
      if (m == kNone || n == kNone) break;
      const Bytes x = value_of(field, a, m);
      const Bytes y = value_of(field, b, n);
      if (compare_field(field, x, y) == 0) {
        a.remove_prefix(m);
        b.remove_prefix(n);
        continue;
      }
      const std::string moved = step(field, x, y);
      std::string key(start.substr(0, start.size() - a.size()));
      key += moved;
      const bool better = !moved.empty() && key.size() < start.size() && compare(start, key) < 0 &&
                          compare(key, limit) < 0;
      return better ? key : std::string(start);
    }
    return std::string(start);
  }

 private:
  std::vector<Field> fields_;
};

}  // namespace

LOAM_PLUGIN("loam.tuple", "1.0.0", "Apache-2.0", loam::sdk::comparator<Tuple>)
