#include "core/plugin/check.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/plugin/check_component.h"
#include "core/plugin/descriptor.h"
#include "core/plugin/discovery.h"
#include "core/plugin/elf_symbols.h"
#include "core/plugin/library.h"
#include "core/plugin/manifest.h"
#include "core/plugin/slots.h"
#include "core/plugin/trust.h"

namespace loam::plugin {
namespace {

CheckLine line(const char* subject, const char* law, const Status& status) {
  return {subject, law, status.ok() ? CheckOutcome::kOk : CheckOutcome::kFailed,
          std::string(status.message())};
}

/// One exported symbol, and none that would pin the object.
Status check_exports(const std::string& path) {
  LOAM_TRY_ASSIGN(const FileSource file, FileSource::open(path));
  LOAM_TRY_ASSIGN(const std::vector<ElfSymbol> symbols, exported_symbols(file.source()));
  std::string others;
  for (const ElfSymbol& symbol : symbols) {
    if (symbol.unique) {
      return Status::not_supported("the symbol " + symbol.name +
                                   " is unique in the process (build with -fno-gnu-unique)");
    }
    if (symbol.name != LOAM_ENTRY_SYMBOL) others += (others.empty() ? "" : ", ") + symbol.name;
  }
  if (symbols.empty())
    return Status::not_supported("expected the symbol " LOAM_ENTRY_SYMBOL ", found none");
  if (others.empty()) return {};
  return Status::not_supported("expected the one symbol " LOAM_ENTRY_SYMBOL ", found also " +
                               others.substr(0, 200));
}

/// Reserved fields of a descriptor and its tables are zero: an old plugin's garbage would read as a
/// newer plugin's wishes.
Status check_reserved(const loam_plugin& plugin) {
  if (plugin.flags != 0) return Status::corruption("descriptor: expected flags 0");
  for (std::size_t i = 0; i < plugin.component_count; ++i) {
    const loam_component& c = *plugin.components[i];
    if (kind_facts(c.kind).size == 0) continue;  // nobody has looked at its table
    const std::string what = std::string(short_kind(c.kind)) + ":" + c.name;
    if (c.flags != 0) return Status::corruption(what + ": expected flags 0");
    // Behind struct_size every table but the filter's has 32 reserved bits.
    std::uint32_t head[2] = {0, 0};
    std::memcpy(head, c.table, sizeof head);
    if (std::string_view(c.kind) != LOAM_KIND_FILTER && head[1] != 0) {
      return Status::corruption(what + ", table: expected flags 0, found " +
                                std::to_string(head[1]));
    }
    if (std::string_view(c.kind) == LOAM_KIND_FILE_SYSTEM) {
      const auto* fs = static_cast<const loam_file_system_v1*>(c.table);
      if (fs->reserved_async[0] != nullptr || fs->reserved_async[1] != nullptr) {
        return Status::corruption(what + ", table: expected reserved_async to be NULL");
      }
    }
  }
  return {};
}

/// The entry is pure: the same constant at every call.
Status check_entry(const std::string& real_path, const loam_plugin* first) {
  // SAFETY: a plain struct of that many bytes, looked at as bytes.
  const std::string before(reinterpret_cast<const char*>(first), first->struct_size);
  for (int i = 0; i < 3; ++i) {
    LOAM_TRY_ASSIGN(const loam_plugin* again, load_plugin(real_path));
    if (again != first) return Status::corruption("the entry gives another descriptor each time");
    if (std::memcmp(before.data(), again, before.size()) != 0) {
      return Status::corruption("the descriptor changes from call to call");
    }
  }
  return {};
}

Status compare_manifests(const Manifest& note, const Manifest& descriptor) {
  if (note == descriptor) return {};
  return Status::corruption("expected\n" + manifest_text(note) + "found\n" +
                            manifest_text(descriptor));
}

}  // namespace

bool CheckReport::passed() const {
  return !lines.empty() && std::none_of(lines.begin(), lines.end(), [](const CheckLine& l) {
    return l.outcome == CheckOutcome::kFailed;
  });
}

std::string CheckReport::to_string() const {
  std::string text;
  for (const CheckLine& l : lines) {
    text += l.subject + "  " + l.law;
    if (l.outcome == CheckOutcome::kOk) text += "  ok";
    if (l.outcome == CheckOutcome::kFailed) text += "  FAILED  " + l.detail;
    if (l.outcome == CheckOutcome::kNotRun) text += "  not run  " + l.detail;
    text += "\n";
  }
  return text;
}

CheckReport check_plugin(const std::string& path, const CheckOptions& options) {
  CheckReport report;
  CheckLog log(report, options);
  report.path = path;
  const Candidate candidate = examine(path);
  report.id = candidate.manifest.id;
  report.version = candidate.manifest.version;
  log.add(line("binary", "manifest", candidate.status));
  if (!candidate.status.ok()) return report;
  log.add(line("binary", "exports", check_exports(candidate.real_path)));
  log.step("binary", "loads");
  const auto plugin = load_plugin(candidate.real_path);
  log.add(line("binary", "loads", plugin.status()));
  if (!plugin.ok()) return report;
  log.step("abi", "descriptor");
  const auto descriptor = Descriptor::adopt(*plugin);
  log.add(line("abi", "descriptor", descriptor.status()));
  if (!descriptor.ok()) return report;
  log.add(line("abi", "note_equals_descriptor",
               compare_manifests(candidate.manifest, descriptor->manifest())));
  log.add(line("abi", "reserved_is_zero", check_reserved(descriptor->plugin())));
  log.step("abi", "entry_is_pure");
  log.add(line("abi", "entry_is_pure", check_entry(candidate.real_path, *plugin)));
  static const Settings kNone;
  for (const ManifestComponent& c : descriptor->manifest().components) {
    const loam_component* component = descriptor->find(c.kind, c.name);
    const std::string name = c.kind + ":" + c.name;
    if (component == nullptr) {
      log.add({name, "kind", CheckOutcome::kNotRun, "this host does not know it"});
      continue;
    }
    const auto given = options.settings.find(name);
    check_component({descriptor->plugin(), *component, name,
                     given == options.settings.end() ? kNone : given->second, options},
                    log);
  }
  for (const auto& given : options.settings) {
    const bool known = std::any_of(report.lines.begin(), report.lines.end(),
                                   [&](const CheckLine& l) { return l.subject == given.first; });
    for (const auto& [option, value] : given.second) {
      if (!known) log.unused_setting(given.first + "/" + option);
    }
  }
  return report;
}

}  // namespace loam::plugin
