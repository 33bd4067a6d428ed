#include "core/admin/listing.h"

namespace loam::admin {

Place Place::in_file(std::uint64_t offset) {
  Place place;
  place.add_piece(0, offset);
  return place;
}

Place Place::unpacked() {
  Place place = in_file(0);
  place.unpacked_ = true;
  return place;
}

Where Place::at(std::size_t at, std::size_t size) const {
  std::uint64_t offset = at;
  for (const auto& [begin, start] : pieces_) {
    if (begin > at) break;
    offset = start + (at - begin);
  }
  return {offset, size, unpacked_};
}

Cursor Cursor::part(std::size_t size) {
  Cursor inside = *this;
  inside.end_ = at_ + size;
  at_ += size;
  return inside;
}

bool Cursor::varint(std::string_view name, std::uint64_t& value, const Meaning& meaning) {
  Bytes rest = this->rest();
  if (!take_varint64(rest, value)) return cut_off(name);
  list(left() - rest.size(), name, Value::of_number(value), meaning);
  return true;
}

bool Cursor::bytes(std::size_t size, std::string_view name, Bytes& value,
                   std::string_view meaning) {
  if (left() < size) return cut_off(name);
  value = bytes_.substr(at_, size);
  out_->field(here(size), name, Value::of_bytes(value), meaning);
  at_ += size;
  return true;
}

bool Cursor::prefixed(std::string_view name, Bytes& value) {
  std::uint64_t size = 0;
  if (!varint(std::string(name) + " size", size)) return false;
  if (size > left()) return cut_off(name);
  return bytes(static_cast<std::size_t>(size), name, value);
}

bool Cursor::damaged(std::string_view what) {
  out_->damage(here(left()), what);
  at_ = end_;
  return false;
}

bool Cursor::cut_off(std::string_view name) { return damaged(std::string(name) + " is cut off"); }

void Cursor::list(std::size_t size, std::string_view name, const Value& value,
                  const Meaning& meaning) {
  out_->field(here(size), name, value, meaning ? meaning(value.number) : std::string());
  at_ += size;
}

}  // namespace loam::admin
