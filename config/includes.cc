#include "config/includes.h"

#include <filesystem>
#include <string>
#include <unordered_map>

#include "config/parse.h"
#include "config/stack_data.h"

namespace loam::config {

namespace {

namespace fs = std::filesystem;

/// Two objects that name different types are two components, not one and its changes.
bool differ_in_type(const Node& a, const Node& b) {
  const Node* type_a = a.find("type");
  const Node* type_b = b.find("type");
  return type_a != nullptr && type_b != nullptr && !same_value(*type_a, *type_b);
}

class Includer {
 public:
  Includer(Sources* sources, Diagnostics* diagnostics)
      : sources_(sources), diagnostics_(diagnostics) {}

  bool run(Node* root) {
    const Source& document = *sources_->front();
    path_.push_back({document.name(), identity(fs::path(document.directory()) /
                                               fs::path(document.name()).filename())});
    return expand(document, root);
  }

 private:
  struct Open {
    std::string name;
    std::string identity;  // the same for every spelling of the path
  };

  static std::string identity(const fs::path& path) {
    std::error_code error;
    const fs::path canonical = fs::weakly_canonical(path, error);
    return error ? path.lexically_normal().string() : canonical.string();
  }

  bool error(const Node& node, std::string pointer, Finding finding) {
    diagnostics_->error(node.span, std::move(pointer), std::move(finding));
    return false;
  }

  bool expand(const Source& source, Node* root) {
    const Node* list = root->find("include");
    if (list == nullptr) return true;
    if (!list->is(Node::Type::kArray)) {
      return error(*list, "/include",
                   {"expected an array of paths, found " + std::string(type_name(list->type)),
                    R"(such as ["common.json"])"});
    }
    Node merged = Node::object();
    bool ok = true;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      ok &= include(source, list->items[i], child_pointer("/include", i), &merged);
    }
    Node own = std::move(*root);
    own.erase("include");
    merge_over(&merged, std::move(own));
    *root = std::move(merged);
    return ok;
  }

  bool include(const Source& source, const Node& entry, const std::string& pointer, Node* merged) {
    if (!entry.is(Node::Type::kString) || entry.text.empty()) {
      return error(entry, pointer, {"expected the path of a file"});
    }
    if (!allowed(source, entry, pointer)) return false;
    const fs::path written(entry.text);
    const fs::path path = (fs::path(source.directory()) / written).lexically_normal();
    const std::string name =
        (fs::path(source.name()).parent_path() / written).lexically_normal().string();
    const std::string id = identity(path);
    if (!check_circle(entry, pointer, {name, id})) return false;
    std::error_code failed;
    const fs::file_type type = fs::status(path, failed).type();
    if (type != fs::file_type::regular) {
      const bool absent = type == fs::file_type::not_found;
      return error(entry, pointer,
                   {name + (absent ? " does not exist" : " is not a regular file"),
                    "relative paths start at the directory of the file that includes"});
    }
    Result<std::string> text = read_text_file(path.string());
    if (!text.ok()) return error(entry, pointer, {std::string(text.status().message())});
    bytes_ += text->size();
    if (bytes_ > kDocumentBytesMax) {
      return error(entry, pointer, {"the included files hold more than 16 MiB together"});
    }
    sources_->push_back(std::make_unique<Source>(source.kind(), name, std::move(*text),
                                                 static_cast<std::uint32_t>(sources_->size()),
                                                 path.parent_path().string()));
    return read({name, id}, merged);
  }

  /// Parses the newest source and what it includes, over `*merged`.
  bool read(Open file, Node* merged) {
    const Source& source = *sources_->back();
    std::optional<Node> root = parse(source, diagnostics_);
    if (!root) return false;
    if (!root->is(Node::Type::kObject)) {
      return error(*root, "", {"expected an object, found " + std::string(type_name(root->type))});
    }
    const Node* version = root->find("version");
    if (version != nullptr && !same_value(*version, Node::of_unsigned(1))) {
      return error(*version, "/version",
                   {"this file is of version " + to_json(*version) + "; this Loam reads 1"});
    }
    root->erase("$schema");
    root->erase("$comment");
    path_.push_back(std::move(file));
    const bool ok = expand(source, &*root);
    path_.pop_back();
    merge_over(merged, std::move(*root));
    return ok;
  }

  bool allowed(const Source& source, const Node& entry, const std::string& pointer) {
    if (source.kind() == SourceKind::kStore) {
      return error(
          entry, pointer,
          {"what a store remembers includes no files", "what a store brings along is not trusted"});
    }
    if (source.directory().empty()) {
      return error(entry, pointer,
                   {"a document that is no file includes none",
                    "put it into a file, or have the program say its directory"});
    }
    if (path_.size() > kIncludeDepthMax) {
      return error(
          entry, pointer,
          {"files include each other more than " + std::to_string(kIncludeDepthMax) + " deep"});
    }
    if (sources_->size() > kIncludesMax) {
      return error(entry, pointer,
                   {"more than " + std::to_string(kIncludesMax) + " files are included"});
    }
    return true;
  }

  bool check_circle(const Node& entry, const std::string& pointer, const Open& file) {
    std::string circle;
    bool inside = false;
    for (const Open& open : path_) {
      inside |= open.identity == file.identity;
      if (inside) circle += open.name + " -> ";
    }
    if (!inside) return true;
    return error(entry, pointer,
                 {"these files include each other in a circle: " + circle + file.name});
  }

  Sources* sources_;
  Diagnostics* diagnostics_;
  std::vector<Open> path_;
  std::size_t bytes_ = 0;
};

}  // namespace

void merge_over(Node* below, Node above) {
  const bool objects = below->is(Node::Type::kObject) && above.is(Node::Type::kObject);
  if (!objects || differ_in_type(*below, above)) {
    *below = std::move(above);
    return;
  }
  below->span = above.span;
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < below->members.size(); ++i) places[below->members[i].key] = i;
  for (Member& member : above.members) {
    const auto found = places.find(member.key);
    if (found == places.end()) {
      below->members.push_back(std::move(member));
      continue;
    }
    Member& place = below->members[found->second];
    place.key_span = member.key_span;
    merge_over(&place.value, std::move(member.value));
  }
}

bool resolve_includes(Sources* sources, Node* root, Diagnostics* diagnostics) {
  return Includer(sources, diagnostics).run(root);
}

}  // namespace loam::config
