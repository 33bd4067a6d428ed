#include "config/plugin_places.h"

#include <filesystem>

namespace loam::config {

namespace {

using Type = Node::Type;

class PlaceAdder {
 public:
  PlaceAdder(const PlacesRequest& request, RegistryOptions* options, Diagnostics* diagnostics)
      : request_(request), options_(options), diagnostics_(diagnostics) {}

  bool run(Node* plugins) {
    bool added = false;
    if (Node* paths = plugins->find("search_paths")) added |= add_paths(paths);
    if (Node* files = plugins->find("load")) added |= add_files(files);
    if (added) options_->load_plugins = true;
    return added;
  }

 private:
  bool add_paths(Node* paths) {
    bool added = false;
    for (std::size_t i = 0; i < paths->items.size(); ++i) {
      Node& path = paths->items[i];
      if (!path.is(Type::kString)) continue;
      if (!make_absolute(&path, child_pointer("/plugins/search_paths", i))) continue;
      options_->search_paths.push_back(path.text);
      added = true;
    }
    return added;
  }

  bool add_files(Node* files) {
    bool added = false;
    for (std::size_t i = 0; i < files->items.size(); ++i) {
      Node* path = files->items[i].find("path");
      const Node* sha256 = files->items[i].find("sha256");
      if (path == nullptr || !path->is(Type::kString)) continue;
      const std::string pointer = child_pointer("/plugins/load", i) + "/path";
      const bool placed = make_absolute(path, pointer);
      if (!placed || !is_pin(sha256, child_pointer("/plugins/load", i) + "/sha256")) continue;
      options_->files.push_back({path->text, sha256 == nullptr ? "" : sha256->text});
      added = true;
    }
    return added;
  }

  /// Absent, or as a SHA-256 is written. What is no text at all is reported by the check.
  bool is_pin(const Node* sha256, const std::string& pointer) {
    if (sha256 == nullptr) return true;
    if (!sha256->is(Type::kString)) return false;
    constexpr std::size_t kDigits = 64;
    const bool hex = sha256->text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (hex && sha256->text.size() == kDigits) return true;
    diagnostics_->error(sha256->span, pointer,
                        {"expected 64 hexadecimal digits, found " + quoted(sha256->text, true),
                         "sha256sum FILE prints them"});
    return false;
  }

  bool make_absolute(Node* node, const std::string& pointer) {
    std::filesystem::path path(node->text);
    if (path.is_absolute()) return true;
    const Source* source = node->span.source;
    const bool own = source != nullptr && !source->directory().empty();
    const std::string& directory = own ? source->directory() : request_.directory;
    if (directory.empty() || node->text.empty()) {
      diagnostics_->error(node->span, pointer,
                          {node->text.empty() ? "the path is empty"
                                              : "a relative path in a document that is no file"});
      return false;
    }
    path = (std::filesystem::path(directory) / path).lexically_normal();
    node->text = path.string();
    return true;
  }

  const PlacesRequest& request_;
  RegistryOptions* options_;
  Diagnostics* diagnostics_;
};

bool names_any(const Node& plugins) {
  for (std::string_view key : {"search_paths", "load"}) {
    const Node* list = plugins.find(key);
    if (list != nullptr && !list->items.empty()) return true;
  }
  return false;
}

}  // namespace

bool add_plugin_places(const PlacesRequest& request, Node* root, RegistryOptions* options,
                       Diagnostics* diagnostics) {
  Node* plugins = root->find("plugins");
  if (plugins == nullptr || !names_any(*plugins)) return false;
  if (request.trusted) return PlaceAdder(request, options, diagnostics).run(plugins);
  Span where = plugins->span;
  for (const Member& member : root->members) {
    if (member.key == "plugins" && member.key_span.source != nullptr) where = member.key_span;
  }
  if (request.remembered) {
    diagnostics->warning(where, "/plugins",
                         {"the plugin places that this store remembers are not used",
                          "what a store brings along is not trusted"});
    return false;
  }
  diagnostics->error(where, "/plugins",
                     {"this program does not let a document name plugin files or directories",
                      "such a document runs code; the program has to allow it"});
  return false;
}

}  // namespace loam::config
