package diary

// catalogueVersion counts changes of the reference data. PRODUCTS.md says what
// changed, where each line comes from and what is left out.
const catalogueVersion = 2

// Products is the reference data this version comes with.
var Products = NewCatalogue(catalogueVersion, []Product{
	{ID: "fviii.advate", Brand: "Advate", Substance: "octocog alfa", Company: "Takeda", Group: GroupFVIII, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000, 1500, 2000, 3000), Source: SourceEU},
	{ID: "fviii.afstyla", Brand: "Afstyla", Substance: "lonoctocog alfa", Company: "CSL Behring", Group: GroupFVIII, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000, 1500, 2000, 2500, 3000), Source: SourceEU},
	{ID: "fviii.beriate", Brand: "Beriate", Substance: "human coagulation factor VIII", Company: "CSL Behring", Group: GroupFVIII, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000, 2000), Source: SourceNational},
	{ID: "fviii.emoclot", Brand: "Emoclot", Substance: "human coagulation factor VIII", Company: "Kedrion", Group: GroupFVIII, Unit: UnitIU, Route: RouteVein, Source: SourceNational},
	{ID: "fviii.factane", Brand: "Factane", Substance: "human coagulation factor VIII", Company: "LFB", Group: GroupFVIII, Unit: UnitIU, Route: RouteVein, Source: SourceNational},
	{ID: "fviii.fanhdi", Brand: "Fanhdi", Substance: "human coagulation factor VIII", Company: "Grifols", Group: GroupFVIII, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000, 1500), Source: SourceNational},
	{ID: "fviii.haemoctin", Brand: "Haemoctin", Substance: "human coagulation factor VIII", Company: "Biotest", Group: GroupFVIII, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000), Source: SourceNational},
	{ID: "fviii.immunate", Brand: "Immunate", Substance: "human coagulation factor VIII", Company: "Takeda", Group: GroupFVIII, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000), Source: SourceNational},
	{ID: "fviii.intersero", Brand: "Faktor VIII SDH Intersero", Substance: "human coagulation factor VIII", Company: "Intersero", Group: GroupFVIII, Unit: UnitIU, Route: RouteVein, Source: SourceNational},
	{ID: "fviii.kovaltry", Brand: "Kovaltry", Substance: "octocog alfa", Company: "Bayer", Group: GroupFVIII, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000, 2000, 3000), Source: SourceEU},
	{ID: "fviii.novoeight", Brand: "NovoEight", Substance: "turoctocog alfa", Company: "Novo Nordisk", Group: GroupFVIII, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000, 1500, 2000, 3000), Source: SourceEU},
	{ID: "fviii.nuwiq", Brand: "Nuwiq", Substance: "simoctocog alfa", Company: "Octapharma", Group: GroupFVIII, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000, 1500, 2000, 2500, 3000, 4000), Source: SourceEU},
	{ID: "fviii.octanate", Brand: "Octanate", Substance: "human coagulation factor VIII", Company: "Octapharma", Group: GroupFVIII, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000), Source: SourceNational},
	{ID: "fviii.refacto", Brand: "ReFacto AF", Substance: "moroctocog alfa", Company: "Pfizer", Group: GroupFVIII, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000, 2000, 3000), Source: SourceEU},
	{ID: "fviii.adynovi", Brand: "Adynovi", Substance: "rurioctocog alfa pegol", Company: "Takeda", Group: GroupFVIIIExtended, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000, 2000, 3000), Source: SourceEU},
	{ID: "fviii.altuvoct", Brand: "Altuvoct", Substance: "efanesoctocog alfa", Company: "Sobi", Group: GroupFVIIIExtended, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 750, 1000, 2000, 3000, 4000), Source: SourceEU},
	{ID: "fviii.elocta", Brand: "Elocta", Substance: "efmoroctocog alfa", Company: "Sobi", Group: GroupFVIIIExtended, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 750, 1000, 1500, 2000, 3000, 4000), Source: SourceEU},
	{ID: "fviii.esperoct", Brand: "Esperoct", Substance: "turoctocog alfa pegol", Company: "Novo Nordisk", Group: GroupFVIIIExtended, Unit: UnitIU, Route: RouteVein, Strengths: packs(500, 1000, 1500, 2000, 3000), Source: SourceEU},
	{ID: "fviii.jivi", Brand: "Jivi", Substance: "damoctocog alfa pegol", Company: "Bayer", Group: GroupFVIIIExtended, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000, 2000, 3000), Source: SourceEU},
	{ID: "fix.alphanine", Brand: "AlphaNine", Substance: "human coagulation factor IX", Company: "Grifols", Group: GroupFIX, Unit: UnitIU, Route: RouteVein, Strengths: packs(500, 1000, 1500), Source: SourceNational},
	{ID: "fix.benefix", Brand: "BeneFIX", Substance: "nonacog alfa", Company: "Pfizer", Group: GroupFIX, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000, 1500, 2000, 3000), Source: SourceEU},
	{ID: "fix.berinin", Brand: "Berinin", Substance: "human coagulation factor IX", Company: "CSL Behring", Group: GroupFIX, Unit: UnitIU, Route: RouteVein, Strengths: packs(300, 600, 1200), Source: SourceNational},
	{ID: "fix.betafact", Brand: "Betafact", Substance: "human coagulation factor IX", Company: "LFB", Group: GroupFIX, Unit: UnitIU, Route: RouteVein, Source: SourceNational},
	{ID: "fix.haemonine", Brand: "Haemonine", Substance: "human coagulation factor IX", Company: "Biotest", Group: GroupFIX, Unit: UnitIU, Route: RouteVein, Strengths: packs(500, 1000), Source: SourceNational},
	{ID: "fix.immunine", Brand: "Immunine", Substance: "human coagulation factor IX", Company: "Takeda", Group: GroupFIX, Unit: UnitIU, Route: RouteVein, Strengths: packs(200, 600, 1200), Source: SourceNational},
	{ID: "fix.nonafact", Brand: "Nonafact", Substance: "human coagulation factor IX", Company: "Prothya", Group: GroupFIX, Unit: UnitIU, Route: RouteVein, Source: SourceEU},
	{ID: "fix.octanine", Brand: "Octanine", Substance: "human coagulation factor IX", Company: "Octapharma", Group: GroupFIX, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000), Source: SourceNational},
	{ID: "fix.rixubis", Brand: "Rixubis", Substance: "nonacog gamma", Company: "Takeda", Group: GroupFIX, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000, 2000, 3000), Source: SourceEU},
	{ID: "fix.alprolix", Brand: "Alprolix", Substance: "eftrenonacog alfa", Company: "Sobi", Group: GroupFIXExtended, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000, 2000, 3000), Source: SourceEU},
	{ID: "fix.idelvion", Brand: "Idelvion", Substance: "albutrepenonacog alfa", Company: "CSL Behring", Group: GroupFIXExtended, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000, 2000, 3500), Source: SourceEU},
	{ID: "fix.refixia", Brand: "Refixia", Substance: "nonacog beta pegol", Company: "Novo Nordisk", Group: GroupFIXExtended, Unit: UnitIU, Route: RouteVein, Strengths: packs(500, 1000, 2000, 3000), Source: SourceEU},
	{ID: "vwf.alphanate", Brand: "Alphanate", Substance: "von Willebrand factor and factor VIII", Company: "Grifols", Group: GroupVWF, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000, 1500), Source: SourceNational},
	{ID: "vwf.haemate", Brand: "Haemate P", Substance: "von Willebrand factor and factor VIII", Company: "CSL Behring", Group: GroupVWF, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000), Source: SourceNational},
	{ID: "vwf.veyvondi", Brand: "Veyvondi", Substance: "vonicog alfa", Company: "Takeda", Group: GroupVWF, Unit: UnitIU, Route: RouteVein, Strengths: packs(650, 1300), Source: SourceEU},
	{ID: "vwf.voncento", Brand: "Voncento", Substance: "von Willebrand factor and factor VIII", Company: "CSL Behring", Group: GroupVWF, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500, 1000), Source: SourceEU},
	{ID: "vwf.wilate", Brand: "Wilate", Substance: "von Willebrand factor and factor VIII", Company: "Octapharma", Group: GroupVWF, Unit: UnitIU, Route: RouteVein, Strengths: packs(500, 1000), Source: SourceNational},
	{ID: "vwf.willfact", Brand: "Willfact", Substance: "human von Willebrand factor", Company: "LFB", Group: GroupVWF, Unit: UnitIU, Route: RouteVein, Strengths: packs(1000), Source: SourceNational},
	{ID: "bypass.feiba", Brand: "FEIBA", Substance: "activated prothrombin complex", Company: "Takeda", Group: GroupBypassing, Unit: UnitU, Route: RouteVein, Strengths: packs(500, 1000, 2500), Source: SourceNational, APCC: true},
	{ID: "bypass.obizur", Brand: "Obizur", Substance: "susoctocog alfa", Company: "Takeda", Group: GroupBypassing, Unit: UnitU, Route: RouteVein, Strengths: packs(500), Source: SourceEU},
	{ID: "bypass.novoseven", Brand: "NovoSeven", Substance: "eptacog alfa", Company: "Novo Nordisk", Group: GroupBypassing, Unit: UnitMg, Route: RouteVein, Strengths: packs(1, 2, 5, 8), Source: SourceEU},
	{ID: "bypass.cevenfacta", Brand: "Cevenfacta", Substance: "eptacog beta", Company: "LFB", Group: GroupBypassing, Unit: UnitMg, Route: RouteVein, Strengths: packs(1, 2, 5), Source: SourceEU},
	{ID: "nonfactor.hemlibra", Brand: "Hemlibra", Substance: "emicizumab", Company: "Roche", Group: GroupEmicizumab, Unit: UnitMg, Route: RouteSkin, Strengths: packs(12, 30, 60, 105, 150, 300), Source: SourceEU},
	{ID: "nonfactor.alhemo", Brand: "Alhemo", Substance: "concizumab", Company: "Novo Nordisk", Group: GroupAntiTFPI, Unit: UnitMg, Route: RouteSkin, Strengths: packs(15, 60, 150, 300), Source: SourceEU, Range: DoseRange{Units(1), Units(300)}},
	{ID: "nonfactor.hympavzi", Brand: "Hympavzi", Substance: "marstacimab", Company: "Pfizer", Group: GroupAntiTFPI, Unit: UnitMg, Route: RouteSkin, Strengths: packs(150), Source: SourceEU, Range: DoseRange{Units(75), Units(450)}},
	{ID: "nonfactor.qfitlia", Brand: "Qfitlia", Substance: "fitusiran", Company: "Sanofi", Group: GroupFitusiran, Unit: UnitMg, Route: RouteSkin, Strengths: packs(20, 50), Source: SourceEU},
	{ID: "rare.coagadex", Brand: "Coagadex", Substance: "human coagulation factor X", Company: "Kedrion", Group: GroupRare, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 500), Source: SourceEU},
	{ID: "rare.fibrogammin", Brand: "Fibrogammin", Substance: "human coagulation factor XIII", Company: "CSL Behring", Group: GroupRare, Unit: UnitIU, Route: RouteVein, Strengths: packs(250, 1250), Source: SourceNational},
	{ID: "rare.novothirteen", Brand: "NovoThirteen", Substance: "catridecacog", Company: "Novo Nordisk", Group: GroupRare, Unit: UnitIU, Route: RouteVein, Strengths: packs(2500), Source: SourceEU},
	{ID: "gene.hemgenix", Brand: "Hemgenix", Substance: "etranacogene dezaparvovec", Company: "CSL Behring", Group: GroupGene, Unit: UnitMl, Route: RouteVein, Strengths: packs(10), Source: SourceEU, Once: true},
	{ID: "gene.roctavian", Brand: "Roctavian", Substance: "valoctocogene roxaparvovec", Company: "BioMarin", Group: GroupGene, Unit: UnitMl, Route: RouteVein, Strengths: packs(8), Source: SourceEU, Once: true},
	{ID: "gene.durveqtix", Brand: "Durveqtix", Substance: "fidanacogene elaparvovec", Company: "Pfizer", Group: GroupGene, Unit: UnitMl, Route: RouteVein, Source: SourceEU, Once: true},
	{ID: "adjunct.octim", Brand: "Octim", Substance: "desmopressin", Company: "Ferring", Group: GroupDesmopressin, Unit: UnitMcg, Route: RouteNose, Strengths: packs(150), Source: SourceNational},
	{ID: "adjunct.octim.injection", Brand: "Octim", Substance: "desmopressin", Company: "Ferring", Group: GroupDesmopressin, Unit: UnitMcg, Route: RouteVein, Strengths: packs(15), Source: SourceNational, Also: RouteSkin},
	{ID: "adjunct.octostim", Brand: "Octostim", Substance: "desmopressin", Company: "Ferring", Group: GroupDesmopressin, Unit: UnitMcg, Route: RouteNose, Strengths: packs(150), Source: SourceNational},
	{ID: "adjunct.octostim.injection", Brand: "Octostim", Substance: "desmopressin", Company: "Ferring", Group: GroupDesmopressin, Unit: UnitMcg, Route: RouteVein, Strengths: packs(15), Source: SourceNational, Also: RouteSkin},
	{ID: "adjunct.minirin", Brand: "Minirin", Substance: "desmopressin", Company: "Ferring", Group: GroupDesmopressin, Unit: UnitMcg, Route: RouteVein, Strengths: packs(4), Source: SourceNational},
	{ID: "adjunct.desmopressin.nose", Group: GroupDesmopressin, Unit: UnitMcg, Route: RouteNose, Typed: true, Source: SourceWriter},
	{ID: "adjunct.desmopressin.vein", Group: GroupDesmopressin, Unit: UnitMcg, Route: RouteVein, Typed: true, Source: SourceWriter, Also: RouteSkin},
	{ID: "adjunct.cyklokapron", Brand: "Cyklokapron", Substance: "tranexamic acid", Company: "Pfizer", Group: GroupTranexamic, Unit: UnitMg, Route: RouteMouth, Strengths: packs(500), Source: SourceNational},
	{ID: "adjunct.cyklokapron.injection", Brand: "Cyklokapron", Substance: "tranexamic acid", Company: "Pfizer", Group: GroupTranexamic, Unit: UnitMg, Route: RouteVein, Strengths: packs(500), Source: SourceNational},
	{ID: "adjunct.exacyl", Brand: "Exacyl", Substance: "tranexamic acid", Company: "Cheplapharm", Group: GroupTranexamic, Unit: UnitMg, Route: RouteMouth, Strengths: packs(500), Source: SourceNational},
	{ID: "adjunct.exacyl.injection", Brand: "Exacyl", Substance: "tranexamic acid", Company: "Cheplapharm", Group: GroupTranexamic, Unit: UnitMg, Route: RouteVein, Strengths: packs(500), Source: SourceNational},
	{ID: "adjunct.tranexamic.mouth", Group: GroupTranexamic, Unit: UnitMg, Route: RouteMouth, Typed: true, Source: SourceWriter},
	{ID: "adjunct.tranexamic.vein", Group: GroupTranexamic, Unit: UnitMg, Route: RouteVein, Typed: true, Source: SourceWriter},
	{ID: "other.iu", Group: GroupOther, Unit: UnitIU, Route: RouteVein, Typed: true, Source: SourceWriter},
	{ID: "other.mg", Group: GroupOther, Unit: UnitMg, Route: RouteSkin, Typed: true, Source: SourceWriter, Also: RouteVein},
	{ID: "other.mg.mouth", Group: GroupOther, Unit: UnitMg, Route: RouteMouth, Typed: true, Source: SourceWriter},
})

func packs(n ...int) []Amount {
	out := make([]Amount, len(n))
	for i, v := range n {
		out[i] = Units(v)
	}
	return out
}
