#include "config/secrets.h"

#include <filesystem>

#include "config/parse.h"
#include "core/base/hash.h"
#include "loam/environment.h"

namespace loam::config {

namespace {

constexpr std::string_view kFile = "file:";
constexpr std::string_view kEnvironment = "env:";
constexpr std::string_view kCommand = "cmd:";

Result<SecretReference> read_command(std::string_view text) {
  const auto wrong = [] {
    return Status::invalid_argument(
        "a command is a JSON array of an absolute path and arguments: "
        "cmd:[\"/bin/program\", \"x\"]");
  };
  const Source source(SourceKind::kSchema, "cmd", std::string(text));
  Diagnostics scratch;
  const std::optional<Node> list = parse(source, &scratch);
  if (!list || scratch.has_errors() || list->items.empty()) return wrong();
  SecretReference reference{SecretReference::Source::kCommand, {}, {}};
  for (const Node& item : list->items) {
    const bool good = item.is(Node::Type::kString) && item.text.find('\0') == std::string::npos;
    if (!good) return wrong();
    reference.command.push_back(item.text);
  }
  if (!reference.command[0].starts_with('/')) return wrong();
  return reference;
}

}  // namespace

bool is_secret(const Node& node) { return node.find(kSecretKey) != nullptr; }

bool is_withheld(const Node& node) {
  const Node* text = node.find(kSecretKey);
  return text != nullptr && text->is_string(kWithheld);
}

LiteralSecrets::~LiteralSecrets() {
  for (auto& [place, bytes] : bytes_) wipe(&bytes);
}

void LiteralSecrets::take(const std::vector<Span>& places, Node* root) {
  if (places.empty()) return;
  for (const Span& place : places) bytes_.try_emplace({place.source, place.offset});
  take_below(root);
  for (const Span& place : places) place.source->blank(place.offset, place.size);
}

void LiteralSecrets::take_below(Node* node) {
  for (Node& item : node->items) take_below(&item);
  for (Member& member : node->members) {
    Node& value = member.value;
    take_below(&value);
    const auto found = bytes_.find({value.span.source, value.span.offset});
    if (found == bytes_.end() || !value.is(Node::Type::kString)) continue;
    // What a component takes over by "extends" is there twice.
    if (found->second.empty()) found->second = value.text;
    Node withheld = Node::of_string(std::string(kWithheld));
    withheld.span = value.span;
    withheld.secret = keyed_digest(value.text);
    wipe(&value.text);
    Node reference = Node::object();
    reference.span = value.span;
    reference.members.push_back({std::string(kSecretKey), value.span, std::move(withheld)});
    value = std::move(reference);
  }
}

std::uint64_t keyed_digest(std::string_view bytes) {
  static const std::uint64_t key = Environment::system().random();
  return xxh3_seeded(bytes, key) | 1;
}

std::optional<SecretBytes> LiteralSecrets::find(const Span& place) const {
  const auto found = bytes_.find({place.source, place.offset});
  if (found == bytes_.end()) return std::nullopt;
  return SecretBytes{found->second};
}

std::string shown_secret(const Node& node) {
  const Node* reference = node.find(kSecretKey);
  if (reference == nullptr || !reference->is(Node::Type::kString)) return "<secret>";
  return "<secret " + reference->text + ">";
}

void make_secrets_absolute(Node* node) {
  for (Node& item : node->items) make_secrets_absolute(&item);
  for (Member& member : node->members) {
    Node& value = member.value;
    make_secrets_absolute(&value);
    const Source* source = value.span.source;
    const bool file = member.key == kSecretKey && value.is(Node::Type::kString) &&
                      value.text.starts_with(kFile) && value.text.size() > kFile.size();
    if (!file || source == nullptr || source->directory().empty()) continue;
    const std::filesystem::path path(value.text.substr(kFile.size()));
    if (path.is_absolute()) continue;
    value.text = std::string(kFile) +
                 (std::filesystem::path(source->directory()) / path).lexically_normal().string();
  }
}

bool names_source(std::string_view text) {
  return text.starts_with(kFile) || text.starts_with(kEnvironment) || text.starts_with(kCommand);
}

Result<SecretReference> read_secret_reference(std::string_view text) {
  if (text.starts_with(kCommand)) return read_command(text.substr(kCommand.size()));
  if (text.starts_with(kFile)) {
    const std::string path(text.substr(kFile.size()));
    if (!path.starts_with('/') || path.find('\0') != std::string::npos) {
      return Status::invalid_argument("a secret file needs an absolute path: file:/run/secrets/x");
    }
    return SecretReference{SecretReference::Source::kFile, path, {}};
  }
  if (text.starts_with(kEnvironment) && text.size() > kEnvironment.size()) {
    return SecretReference{
        SecretReference::Source::kEnvironment, std::string(text.substr(kEnvironment.size())), {}};
  }
  return Status::invalid_argument(
      "a secret is \"file:/path\", \"env:NAME\" or \"cmd:[...]\"; the secret itself stands "
      "elsewhere");
}

}  // namespace loam::config
