/// Records and keys as lines of text: the command's input and output.
///
/// tsv: key, tab, value, as escape.h; a line that is a key only holds no tab. hex: the same with
/// hex fields. jsonl: one object a line, `{"key":"..","value":".."}`, with `key_hex` and
/// `value_hex` for bytes that are not UTF-8. Writing and reading are inverse for any bytes. Thread:
/// safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::text {

enum class Encoding { kTsv, kTsvHex, kJson, kJsonHex };

struct Record {
  std::string key;
  std::string value;
};

/// Each appends one line, newline included.
void append_record(std::string& out, Encoding encoding, Bytes key, Bytes value);
void append_key(std::string& out, Encoding encoding, Bytes key);
/// A key that was looked for in vain: alone in tsv, `"value":null` in JSON.
void append_missing(std::string& out, Encoding encoding, Bytes key);

/// `line` without its newline.  Fails: kInvalidArgument, saying what was expected.
Status parse_record(Bytes line, Encoding encoding, Record& record);
/// Requires: a tsv encoding.
Status parse_key(Bytes line, Encoding encoding, std::string& key);
/// The words of a script's line, unescaped: separated by tabs when it has one, so that a word may
/// be empty or hold blanks, else by runs of blanks.  Fails: kInvalidArgument.
Status parse_words(Bytes line, std::vector<std::string>& words);

}  // namespace loam::text
