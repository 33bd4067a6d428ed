/// Listings of files as text, a line a field, and as JSON, a line a record, block or remark.
///
/// Text: the offset, in the file or behind a '+' in unpacked contents; the name, indented by depth;
/// the value; what it means. Long bytes are cut there and whole in JSON. Thread: confined.
#pragma once

#include <memory>
#include <string>

#include "core/admin/listing.h"
#include "tools/output.h"

namespace loam::tools {

/// A listing that writes to standard output. Failures to write show in status().
class Printer : public admin::Listing {
 public:
  [[nodiscard]] std::uint64_t damages() const { return damages_; }
  /// "at 4096: checksum mismatch", of the first.
  [[nodiscard]] const std::string& first_damage() const { return first_damage_; }
  [[nodiscard]] const Status& status() const { return status_; }
  /// The last line, a sum. `kind` and `format` as the command calls them.
  virtual void finish(std::string_view kind, std::string_view format) = 0;

 protected:
  explicit Printer(Output& output) : output_(output) {}
  std::string& out() { return output_.buffer(); }
  void drain() {
    if (status_.ok()) status_ = output_.drain();
  }
  void note_damage(const admin::Where& where, std::string_view what);

 private:
  Output& output_;
  Status status_;
  std::uint64_t damages_ = 0;
  std::string first_damage_;
};

/// `hex`: bytes in hex, whatever they are.
std::unique_ptr<Printer> text_printer(Output& output, bool hex);
std::unique_ptr<Printer> json_printer(Output& output, bool hex);

}  // namespace loam::tools
