#include "core/admin/inspect_fields.h"

#include <algorithm>

#include "core/format/internal_key.h"

namespace loam::admin {
namespace {

std::string tag_words(std::uint64_t tag) {
  return "field " + std::to_string(tag >> 1) + ((tag & 1) != 0 ? ", must be understood" : "");
}

bool list_handle(Cursor& in) {
  std::uint64_t ignored = 0;
  return in.varint("offset", ignored) && in.varint("size", ignored);
}

bool list_identity(Cursor& in) {
  Bytes ignored;
  return in.prefixed("identity", ignored) && in.prefixed("plugin", ignored) &&
         in.prefixed("plugin version", ignored);
}

bool list_value(Cursor& in, const FieldSpec& spec) {
  std::uint64_t number = 0;
  Bytes bytes;
  switch (spec.kind) {
    case FieldKind::kNumber: return in.varint(spec.name, number);
    case FieldKind::kBytes: return in.bytes(in.left(), spec.name, bytes);
    case FieldKind::kKey: return list_internal_key(in, in.left(), "user key");
    case FieldKind::kHandle: return list_handle(in);
    case FieldKind::kIdentity: return list_identity(in);
    case FieldKind::kFields: return list_fields(in, spec.fields);
  }
  return true;
}

const FieldSpec* find(std::span<const FieldSpec> specs, std::uint64_t number) {
  const auto found = std::find_if(specs.begin(), specs.end(), [number](const FieldSpec& spec) {
    return spec.number == number;
  });
  return found == specs.end() ? nullptr : &*found;
}

/// How many bytes the field at the front takes, tag and size included; what is left when malformed.
std::size_t field_size(const Cursor& in) {
  Bytes rest = in.rest();
  std::uint64_t tag = 0;
  Bytes value;
  if (!take_varint64(rest, tag) || !take_prefixed(rest, value)) return in.left();
  return in.left() - rest.size();
}

bool list_field(Cursor& in, std::span<const FieldSpec> specs) {
  Bytes peek = in.rest();
  std::uint64_t tag = 0;
  const FieldSpec* spec = take_varint64(peek, tag) ? find(specs, tag >> 1) : nullptr;
  const Group group(in.out(), in.here(field_size(in)), "field",
                    spec == nullptr ? Bytes("unknown") : Bytes(spec->name));
  std::uint64_t size = 0;
  if (!in.varint("tag", tag, tag_words) || !in.varint("size", size)) return false;
  if (size > in.left()) return in.damaged("the field is cut off");
  Cursor value = in.part(static_cast<std::size_t>(size));
  if (spec == nullptr) {
    Bytes ignored;
    if ((tag & 1) != 0) {
      in.out().damage(value.here(value.left()), tag_words(tag) + " and is unknown to this build");
    }
    value.bytes(value.left(), "value", ignored);
  } else if (list_value(value, *spec) && !value.done()) {
    value.damaged("bytes behind the field's value");
  }
  return true;
}

}  // namespace

bool list_fields(Cursor& in, std::span<const FieldSpec> specs) {
  while (!in.done()) {
    if (!list_field(in, specs)) return false;
  }
  return true;
}

std::string trailer_words(std::uint64_t trailer) {
  constexpr std::string_view kNames[] = {"delete",        "put",          "merge",
                                         "single delete", "range delete", "value pointer"};
  const std::uint64_t type = trailer & 0xff;
  std::string words = "sequence " + std::to_string(format::sequence_of(trailer)) + ", ";
  if (type < std::size(kNames)) return words + std::string(kNames[type]);
  return words + (type == 0xff ? "seek" : "type " + std::to_string(type));
}

bool list_internal_key(Cursor& in, std::size_t size, std::string_view name) {
  if (size > in.left() || size < format::kTrailerSize) {
    return in.damaged("an internal key has at least 8 bytes");
  }
  Bytes user;
  std::uint64_t trailer = 0;
  return in.bytes(size - format::kTrailerSize, name, user) &&
         in.fixed("trailer", trailer, trailer_words);
}

}  // namespace loam::admin
