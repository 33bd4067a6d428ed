#include "tools/context.h"

#include "tools/open.h"
#include "tools/text/escape.h"

namespace loam::tools {

Context::Context() = default;
Context::~Context() = default;

text::Encoding Context::encoding() const {
  if (globals.json) return globals.hex ? text::Encoding::kJsonHex : text::Encoding::kJson;
  return globals.hex ? text::Encoding::kTsvHex : text::Encoding::kTsv;
}

text::Encoding Context::input_encoding() const {
  return globals.hex ? text::Encoding::kTsvHex : text::Encoding::kTsv;
}

Result<std::string> Context::argument(const std::string& text) const {
  if (!globals.hex) return text;
  std::string bytes;
  LOAM_TRY(text::parse_hex(text, bytes).with_context("argument \"" + text + "\""));
  return bytes;
}

Result<Db*> Context::store(OpenMode mode) {
  if (opened_ == nullptr) {
    LOAM_TRY_ASSIGN(auto opened, open_store(globals, mode));
    opened_ = std::make_unique<config::OpenedStore>(std::move(opened));
  }
  return opened_->db.get();
}

Result<config::OnlineStack*> Context::online() {
  LOAM_TRY(store(OpenMode::kExisting).status());
  if (opened_->online == nullptr) {
    return Status::not_supported("a store that is only read is not changed");
  }
  return opened_->online.get();
}

Status Context::close() {
  if (opened_ == nullptr) return {};
  Status status = opened_->db->close();
  opened_.reset();
  return status;
}

}  // namespace loam::tools
