#include "tools/script.h"

namespace loam::tools {

Result<Script> Script::open(const std::string& path) {
  LOAM_TRY_ASSIGN(auto lines, text::LineReader::open(path));
  return Script(std::move(lines));
}

Result<std::vector<std::string>> Script::next() {
  std::vector<std::string> words;
  Bytes line;
  while (lines_.next(line)) {
    if (line.starts_with('#')) continue;
    LOAM_TRY(text::parse_words(line, words).with_context(place()));
    if (!words.empty()) return words;
  }
  LOAM_TRY(lines_.status());
  words.clear();
  return words;
}

Status expect_words(const std::vector<std::string>& words, std::size_t count, const char* usage) {
  if (words.size() == count) return {};
  return Status::invalid_argument("expected \"" + std::string(usage) + "\", found " +
                                  std::to_string(words.size()) + " words");
}

Result<bool> add_write(const Context& context, const std::vector<std::string>& words,
                       WriteBatch& batch) {
  if (words[0] == "put") {
    LOAM_TRY(expect_words(words, 3, "put KEY VALUE"));
    LOAM_TRY_ASSIGN(const std::string key, context.argument(words[1]));
    LOAM_TRY_ASSIGN(const std::string value, context.argument(words[2]));
    batch.put(key, value);
    return true;
  }
  if (words[0] == "delete") {
    LOAM_TRY(expect_words(words, 2, "delete KEY"));
    LOAM_TRY_ASSIGN(const std::string key, context.argument(words[1]));
    batch.remove(key);
    return true;
  }
  return false;
}

}  // namespace loam::tools
